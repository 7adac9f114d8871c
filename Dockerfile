# syntax=docker/dockerfile:1
#
# Two images, each one program on a base without shell or package manager, run by an unprivileged user:
#
#   docker build --target webhook --tag registry.example/platlint-webhook:0.1.0 .
#   docker build --target cli     --tag registry.example/platlint:0.1.0 .
#
# Whoever publishes an image pins both bases by digest (`--build-arg BUILD_IMAGE=…@sha256:…`): a tag can move. Both must be
# of one Debian release, for the C library that the programs are linked with.
ARG BUILD_IMAGE=docker.io/library/rust:1.95-bookworm
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
# Absolute paths and time stamps would make two builds of one commit differ.
ENV CARGO_INCREMENTAL=0 \
    CARGO_TERM_COLOR=never \
    RUSTFLAGS="--remap-path-prefix=/src=/platlint --remap-path-prefix=/usr/local/cargo=/cargo"
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --package platlint --package platlint-webhook \
    && install -D -m 0755 -t /out target/dist/platlint target/dist/platlint-webhook

FROM ${RUNTIME_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.source="https://github.com/platlint/platlint" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The base's own unprivileged user, by number: the kubelet can prove `runAsNonRoot` of a number only.
USER 65532:65532

FROM runtime AS cli
LABEL org.opencontainers.image.title="platlint" \
      org.opencontainers.image.description="Checks Kubernetes manifests and catalog files by policies in Rego"
COPY --from=build /out/platlint /usr/local/bin/platlint
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/platlint"]

# The last stage is what `docker build .` makes.
FROM runtime AS webhook
LABEL org.opencontainers.image.title="platlint-webhook" \
      org.opencontainers.image.description="platlint's Kubernetes admission webhook"
COPY --from=build /out/platlint-webhook /usr/local/bin/platlint-webhook
EXPOSE 8443 8080
ENTRYPOINT ["/usr/local/bin/platlint-webhook"]
