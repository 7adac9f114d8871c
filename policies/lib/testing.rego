# METADATA
# title: Inputs for tests
# description: |
#   Works out pods and containers of an object as platlint does, so that tests can state objects as users write them.
#   Image references are parsed by platlint, not here: tests of image rules state input.images themselves.
package platlint.lib.testing

lists := {"containers": "container", "initContainers": "init", "ephemeralContainers": "ephemeral"}

# of_pod is the input of a Pod with this spec.
of_pod(namespace, spec, parameters) := made if {
	manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec}
	made = of_object({"group": "", "version": "v1", "kind": "Pod"}, namespace, manifest, [], spec, parameters)
}

# of_deployment is the input of a Deployment whose Pods have this spec.
of_deployment(namespace, spec, parameters) := made if {
	manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": {"spec": spec}}}
	kind = {"group": "apps", "version": "v1", "kind": "Deployment"}
	made = of_object(kind, namespace, manifest, ["spec", "template"], spec, parameters)
}

# of_object is the input of any object; the namespace null stands for an unknown one, the spec null for no Pods.
of_object(kind, namespace, manifest, path, spec, parameters) := made if {
	known = {field: value |
		some field, value in {"namespace": namespace}
		is_string(value)
	}
	pods = [{"path": path, "spec": s} | some s in [spec]; is_object(s)]
	made = {
		"review": object.union(known, {"operation": "CREATE", "kind": kind, "object": manifest, "controllers": []}),
		"parameters": parameters,
		"pods": pods,
		"containers": [entry |
			some list, type in lists
			items = spec[list]
			is_array(items)
			some index, container in items
			container != null
			objects = [c | some c in [container]; is_object(c)]
			names = {field: name |
				some c in objects
				some field, name in c
				field == "name"
			}
			final = final_type(type, container)
			entry = object.union(
				{
					"path": array.concat(path, ["spec", list, index]),
					"pod": 0,
					"spec": container,
					"type": final,
				},
				names,
			)
		],
		"images": [],
	}
}

# as_update makes an update of an input; the old object is the one before.
as_update(made, before) := object.union(made, {"review": {"operation": "UPDATE", "oldObject": before}})

# in_every_kind is an input for each kind that carries Pods.
in_every_kind(spec, parameters) := [made |
	some [group, kind, path] in workloads
	made := of_object({"group": group, "version": "v1", "kind": kind}, "shop", {}, path, spec, parameters)
]

workloads := [
	["", "Pod", []], ["", "PodTemplate", ["template"]], ["", "ReplicationController", ["spec", "template"]],
	["apps", "Deployment", ["spec", "template"]], ["apps", "StatefulSet", ["spec", "template"]],
	["apps", "DaemonSet", ["spec", "template"]], ["apps", "ReplicaSet", ["spec", "template"]],
	["extensions", "Deployment", ["spec", "template"]], ["batch", "Job", ["spec", "template"]],
	["batch", "CronJob", ["spec", "jobTemplate", "spec", "template"]], ["argoproj.io", "Rollout", ["spec", "template"]],
	["serving.knative.dev", "Service", ["spec", "template"]],
	["serving.knative.dev", "Configuration", ["spec", "template"]], ["serving.knative.dev", "Revision", []],
]

# malformed are values that stand where they do not belong; all but the first two are no map.
malformed := [{}, {"a": null}, [], [null], "text", "", 7, 0, true, false]

final_type(type, container) := final if {
	sidecar = {t: s |
		some t, s in {"init": "sidecar"}
		container.restartPolicy == "Always"
	}
	final = object.get(sidecar, type, type)
}
