# METADATA
# title: Containers have CPU and memory limits
# description: The bench kit's rule on limits, written for platlint's own dialect.
# custom:
#   platlint:
#     match:
#       kinds:
#         - {groups: ["*"], kinds: [Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob]}
package platlint.bench.limits

deny contains {"msg": message, "path": path} if {
	some container in input.containers
	container.type != "ephemeral"
	some resource in ["cpu", "memory"]
	not container.spec.resources.limits[resource]
	name = container.name
	path = array.concat(container.path, ["resources", "limits", resource])
	message = sprintf("container %s has no %s limit", [name, resource])
}
