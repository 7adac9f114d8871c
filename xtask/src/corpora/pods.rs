//! The generated corpus: a stream of Pods, two containers each. Every odd Pod lacks both limits on its first container
//! and a digest on its second, so a thousand Pods break the four rules of the bench kit in 1,500 places. The bytes are
//! fixed: measurements of different days are comparable only on the same input.

/// A YAML stream of the first `count` Pods.
pub(super) fn stream(count: u32) -> String {
    (0..count).map(pod).collect::<Vec<_>>().join("---\n")
}

fn pod(i: u32) -> String {
    let broken = i % 2 == 1;
    let digest = format!("sha256:{:064x}", u64::from(i) * 7919 + 1);
    let team = i % 17;
    let suite = i % 13;
    let namespace = if i.is_multiple_of(5) { "prod-secure-" } else { "team-" };
    let pinned = format!("registry.example.com/team-{team}/app-{i}@{digest}");
    let proxy = if broken {
        format!("registry.example.com/infra/proxy:v1.{}.0", i % 40)
    } else {
        format!("registry.example.com/infra/proxy@{digest}")
    };
    let limits = if broken { "" } else { "        limits:\n          cpu: 500m\n          memory: 256Mi\n" };
    format!(
        r#"apiVersion: v1
kind: Pod
metadata:
  name: app-{i:04}
  namespace: {namespace}{team}
  labels:
    app.kubernetes.io/name: app-{i}
    app.kubernetes.io/part-of: suite-{suite}
    tier: backend
  annotations:
    owner: team-{team}@example.com
    prometheus.io/scrape: "true"
spec:
  serviceAccountName: app-{team}
  automountServiceAccountToken: false
  securityContext:
    runAsNonRoot: true
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: app
      image: {pinned}
      ports:
        - name: http
          containerPort: 8080
      env:
        - name: LOG_LEVEL
          value: info
        - name: POD_IP
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
      resources:
        requests:
          cpu: 100m
          memory: 128Mi
{limits}      readinessProbe:
        httpGet:
          path: /healthz
          port: http
        periodSeconds: 10
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: ["ALL"]
    - name: proxy
      image: {proxy}
      args: ["--listen=:9000", "--upstream=127.0.0.1:8080"]
      resources:
        requests:
          cpu: 10m
          memory: 32Mi
        limits:
          cpu: 100m
          memory: 64Mi
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: ["ALL"]
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    /// FNV-1a: short, and the same in every release, which the standard hasher does not promise.
    fn digest(bytes: &[u8]) -> u64 {
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    }

    #[test]
    fn makes_the_same_bytes_as_ever() {
        let stream = stream(1000);
        assert_eq!((stream.len(), digest(stream.as_bytes())), (1_610_921, 0x825d_6614_636d_509d));
    }
}
