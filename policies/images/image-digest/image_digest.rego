# METADATA
# title: Images are pinned by digest
# description: |
#   A tag is a name that its owner can move: what was tested, signed and approved under `web:1.4` need not be what a
#   node pulls tomorrow, and two Pods of one Deployment can run different programs. A digest names exactly one content,
#   so that a roll-back brings back what ran before, and a signature or a scan speaks of what really runs.
#
#   Every image reference is judged: containers, init containers, sidecars, ephemeral containers, image volumes, and the
#   fields of custom resources that platlint.yaml names under `images.fields`.
#   Digests by sha256 and sha512 count. A tag beside the digest is allowed; Kubernetes ignores it.
#   A reference that container runtimes would refuse is reported with the reason.
#   So is a missing or empty image: Kubernetes allows it in templates for tools that fill it in later, but what is filled
#   in then is not what was reviewed here.
#
#   Where the signatures of images are looked up (`images` in platlint.yaml), a tag is resolved once, and the rule can
#   write the digest that was just verified beside it: `platlint fix --images online` in files, the mutating webhook in
#   the cluster (`mutate: pods`). Nothing is written that was not verified.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/containers/images/#image-names
#     description: How Kubernetes reads names, tags and digests of images
#   - ref: https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
#     description: The form of digests
# custom:
#   platlint:
#     severity: high
#     level: error
#     match:
#       kinds:
#         - {groups: [""], kinds: [Pod, PodTemplate, ReplicationController]}
#         - {groups: [apps], kinds: [Deployment, StatefulSet, DaemonSet, ReplicaSet]}
#         - {groups: [extensions], kinds: [Deployment, DaemonSet, ReplicaSet]}
#         - {groups: [batch], kinds: [Job, CronJob]}
#         - {groups: [argoproj.io], kinds: [Rollout]}
#         - {groups: [serving.knative.dev], kinds: [Service, Configuration, Revision]}
#       images: true
#     requires: [images.pinned]
#     fix: safe
#     remedy: >-
#       Append the digest that was tested, as in `registry.example/web:1.4@sha256:…`; `crane digest IMAGE` or
#       `docker buildx imagetools inspect IMAGE` prints it.
#     examples:
#       - title: A digest beside the tag
#         bad: |
#           apiVersion: v1
#           kind: Pod
#           metadata: {name: web, namespace: shop}
#           spec:
#             containers:
#               - name: web
#                 image: registry.example/web:1.4
#         good: |
#           apiVersion: v1
#           kind: Pod
#           metadata: {name: web, namespace: shop}
#           spec:
#             containers:
#               - name: web
#                 image: registry.example/web:1.4@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
package platlint.images.image_digest

import data.platlint.lib.containers

digest_prefixes := {"sha256:", "sha512:"}

# What is wrong with references that cannot be parsed. The first pattern that matches names the fault.
# Character classes are spelt out: what \s and \w mean differs between engines.
faults := [
	{"pattern": `[$%]?\{|\$\(|^<.*>$`, "says": "it holds a placeholder that was not filled in"},
	{"pattern": `[ \t\r\n]`, "says": "it contains white space"},
	{"pattern": `[^ -~]`, "says": "it contains a character outside ASCII, which may look like another one"},
	{"pattern": `^[a-z][a-z0-9+.-]*://`, "says": "it has a scheme, as URLs have; image references have none"},
	{"pattern": `@.*@`, "says": "it has two digests"},
	{"pattern": `@sha(256|384|512):[0-9a-fA-F]*[A-F]`, "says": "the digest has upper-case letters"},
	{"pattern": `@sha(256|384|512):[0-9a-f]*$`, "says": "the digest has the wrong length"},
	{"pattern": `@`, "says": "the digest is malformed or of an unknown algorithm"},
	{"pattern": `^[0-9a-f]{64}$`, "says": "it is only an image's id, not a name"},
	{"pattern": `:$`, "says": "the tag is empty"},
	{"pattern": `/[^:]*[A-Z]|^[^/:]*[A-Z][^/]*$`, "says": "the repository has upper-case letters"},
	{"pattern": `:[^/]*$`, "says": "the tag or the repository is malformed"},
	{"pattern": ``, "says": "the repository is malformed"},
]

deny contains {"msg": message, "path": path} if {
	not are_all_pinned
	some image in input.images
	reference = image.reference
	not pinned(reference)
	title = containers.title(image, "container")
	message = sprintf("%s: image \"%s\" is not pinned by a sha256 or sha512 digest", [title, image.value])
	path = image.path
}

deny contains {"msg": message, "path": path} if {
	not are_all_pinned
	some image in input.images
	image.value != ""
	not parsed(image)
	title = containers.title(image, "container")
	reasons = [says |
		some fault in faults
		regex.match(fault.pattern, image.value)
		says = fault.says
	]
	reason = reasons[0]
	message = sprintf("%s: \"%s\" is no valid image reference: %s", [title, image.value, reason])
	path = image.path
}

deny contains {"msg": message, "path": path} if {
	not do_all_name_images
	some container in input.containers
	spec = container.spec
	not names_image(spec, "image")
	title = containers.title(container, "name")
	message = sprintf("%s names no image", [title])
	path = array.concat(container.path, ["image"])
}

deny contains {"msg": message, "path": path} if {
	some pod in input.pods
	volumes = pod.spec.volumes
	is_array(volumes)
	some index, volume in volumes
	source = volume.image
	source != null
	not names_image(source, "reference")
	message = "image volume names no image"
	path = array.concat(pod.path, ["spec", "volumes", index, "image", "reference"])
}

# What was verified beside its tag. A reference that is pinned already stays as it is, and so does an image that an update
# does not touch: another text would restart what runs.
patch contains {"op": "set", "path": path, "value": value} if {
	some image in input.images
	not is_unchanged(image)
	value = image.pinned
	is_string(value)
	reference = image.reference
	not pinned(reference)
	image.signature.status == "verified"
	path = image.path
}

# Kubernetes also knows sha384, but registries need not serve it.
# are_all_pinned holds where every image has a SHA-256 digest, as it should. No image is looked at further then: the rule
# judges every Pod of a cluster.
are_all_pinned if {
	digests = [digest |
		some image in input.images
		digest = image.reference.digest
		startswith(digest, "sha256:")
	]
	count(digests) == count(input.images)
}

# do_all_name_images holds where no container lacks an image.
do_all_name_images if {
	named = [image |
		some container in input.containers
		image = container.spec.image
		is_string(image)
		image != ""
	]
	count(named) == count(input.containers)
}

pinned(reference) if {
	digest = reference.digest
	some prefix in digest_prefixes
	startswith(digest, prefix)
}

is_unchanged(image) if image.unchanged == true

parsed(image) if {
	reference = image.reference
	is_object(reference)
}

names_image(parent, field) if {
	image = parent[field]
	is_string(image)
	image != ""
}
