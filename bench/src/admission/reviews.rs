//! Realistic admission reviews: Pods of about 3 KB as they come from a controller, with managed fields, probes, volumes
//! and a service account's token, each with a uid and a name of its own.

use serde_json::{Value, json};

/// What is asked of the webhook.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A Pod that breaks no built-in rule.
    Good,
    /// A Pod without limits and digest.
    Bad,
}

/// The body of one review. `serial` makes the uid and the name.
pub(crate) fn body(kind: Kind, serial: u64) -> Vec<u8> {
    let uid = format!("00000000-0000-4000-8000-{serial:012x}");
    let pod = pod(kind, serial);
    let gvk = json!({"group": "", "version": "v1", "kind": "Pod"});
    let resource = json!({"group": "", "version": "v1", "resource": "pods"});
    let review = json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": uid,
            "kind": gvk,
            "resource": resource,
            "requestKind": gvk,
            "requestResource": resource,
            "name": pod["metadata"]["name"],
            "namespace": "shop",
            "operation": "CREATE",
            "userInfo": {
                "username": "system:serviceaccount:kube-system:replicaset-controller",
                "uid": "5b0e0d0e-0000-4000-8000-000000000001",
                "groups": ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
            },
            "object": pod,
            "oldObject": null,
            "dryRun": false,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
        },
    });
    review.to_string().into_bytes()
}

/// The uid inside a body made with this serial number.
pub(crate) fn uid(serial: u64) -> String {
    format!("00000000-0000-4000-8000-{serial:012x}")
}

/// A Pod as a user creates it, for the API server itself: without what only a controller or the server adds, and without
/// a seccomp profile, which a mutation may set.
pub(crate) fn pod_to_create(serial: u64) -> Value {
    let mut pod = pod(Kind::Good, serial);
    for (parent, fields) in [
        ("/metadata", &["generateName", "namespace", "managedFields", "ownerReferences"][..]),
        ("/spec", &["serviceAccountName", "serviceAccount", "securityContext"]),
        ("", &["status"]),
    ] {
        if let Some(parent) = pod.pointer_mut(parent).and_then(Value::as_object_mut) {
            parent.retain(|key, _| !fields.contains(&key.as_str()));
        }
    }
    for list in ["/spec/volumes", "/spec/containers/0/volumeMounts", "/spec/containers/1/volumeMounts"] {
        if let Some(items) = pod.pointer_mut(list).and_then(Value::as_array_mut) {
            items.retain(|item| item["name"] == "config");
        }
    }
    pod
}

fn pod(kind: Kind, serial: u64) -> Value {
    let digest = "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";
    let (image, resources) = match kind {
        Kind::Good => (
            format!("registry.example/shop/cart:1.42.0@{digest}"),
            json!({"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}}),
        ),
        Kind::Bad => ("registry.example/shop/cart:1.42.0".to_owned(), json!({})),
    };
    let probe = |path: &str| {
        json!({"httpGet": {"path": path, "port": "http", "scheme": "HTTP"}, "initialDelaySeconds": 5, "timeoutSeconds": 1,
               "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3})
    };
    let mount = json!({"name": "kube-api-access-x7k2p", "readOnly": true,
                       "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"});
    let container = |name: &str, port: u16| {
        json!({
            "name": name, "image": image, "imagePullPolicy": "IfNotPresent",
            "ports": [{"name": "http", "containerPort": port, "protocol": "TCP"}],
            "env": [{"name": "LOG_LEVEL", "value": "info"},
                    {"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
                    {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "cart-db", "key": "url"}}}],
            "resources": resources, "volumeMounts": [mount, {"name": "config", "mountPath": "/etc/cart"}],
            "livenessProbe": probe("/healthz"), "readinessProbe": probe("/readyz"),
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            "securityContext": {"runAsNonRoot": true, "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false,
                                "capabilities": {"drop": ["ALL"]}},
        })
    };
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("cart-7d9c6b8f5d-{serial:05}"), "generateName": "cart-7d9c6b8f5d-", "namespace": "shop",
            "labels": {"app.kubernetes.io/name": "cart", "app.kubernetes.io/part-of": "shop", "pod-template-hash": "7d9c6b8f5d"},
            "annotations": {"owner": "team-checkout", "prometheus.io/scrape": "true"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "cart-7d9c6b8f5d",
                "uid": "9b1f3c52-0000-4000-8000-0000000000aa", "controller": true, "blockOwnerDeletion": true}],
            "managedFields": [{"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1",
                "time": "2026-11-21T10:00:00Z", "fieldsType": "FieldsV1",
                "fieldsV1": {"f:metadata": {"f:annotations": {".": {}, "f:owner": {}}, "f:generateName": {}, "f:labels": {".": {}}},
                    "f:spec": {"f:containers": {"k:{\"name\":\"cart\"}": {".": {}, "f:image": {}, "f:name": {}, "f:ports": {}}}}}}],
        },
        "spec": {
            "containers": [container("cart", 8080), container("proxy", 15001)],
            "volumes": [
                {"name": "config", "configMap": {"name": "cart", "defaultMode": 420}},
                {"name": "kube-api-access-x7k2p", "projected": {"defaultMode": 420, "sources": [
                    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}]}}],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "cart", "serviceAccount": "cart", "schedulerName": "default-scheduler",
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}, "enableServiceLinks": true,
            "preemptionPolicy": "PreemptLowerPriority", "priority": 0,
            "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
        },
        "status": {},
    })
}
