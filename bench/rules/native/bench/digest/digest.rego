# METADATA
# title: Images are pinned by digest
# description: The bench kit's rule on digests, written for platlint's own dialect.
# custom:
#   platlint:
#     match:
#       kinds:
#         - {groups: ["*"], kinds: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob]}
package platlint.bench.digest

deny contains {"msg": message, "path": path} if {
	some image in input.images
	image.type in {"container", "init", "sidecar"}
	not image.reference.digest
	path = image.path
	value = image.value
	name = image.container
	message = sprintf("container %s image %s has no sha256 digest", [name, value])
}
