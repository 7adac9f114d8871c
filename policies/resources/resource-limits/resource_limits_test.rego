package platlint.resources.resource_limits_test

import data.platlint.lib.testing
import data.platlint.resources.resource_limits

parameters := {"resources": ["cpu", "memory"]}

full := {"limits": {"cpu": "500m", "memory": "64Mi"}}

limit_range(item) := {"namespace": {"shop": {"v1": {"LimitRange": {"defaults": {"spec": {"limits": [item]}}}}}}}

unknown_limit_range := {"unknown": {"v1": {"LimitRange": {"defaults": {"spec": {"limits": [{
	"type": "Container",
	"default": {"cpu": "1", "memory": "1Gi"},
}]}}}}}}

places(findings) := {concat("/", [sprintf("%v", [step]) | some step in finding.path]) | some finding in findings}

container(resources) := {"containers": [{"name": "app", "resources": resources}]}

test_passes_a_container_with_limits if {
	made := testing.of_pod("shop", container(full), parameters)
	count(resource_limits.deny) == 0 with input as made
	count(resource_limits.undecided) == 0 with input as made
}

test_denies_each_missing_resource_at_its_place if {
	made := testing.of_deployment("shop", {"containers": [{"name": "app"}]}, parameters)
	found := resource_limits.deny with input as made
	found == {
		{
			"msg": "container \"app\" has no cpu limit",
			"path": ["spec", "template", "spec", "containers", 0, "resources", "limits", "cpu"],
		},
		{
			"msg": "container \"app\" has no memory limit",
			"path": ["spec", "template", "spec", "containers", 0, "resources", "limits", "memory"],
		},
	}
}

test_denies_null_and_wrongly_typed_parents if {
	empty := [null, {}, [], "none", {"limits": null}, {"limits": []}, {"limits": {"cpu": null, "memory": null}}]
	passed := [resources |
		some resources in empty
		made := testing.of_pod("shop", container(resources), parameters)
		found := resource_limits.deny with input as made
		count(found) != 2
	]
	passed == []
}

test_judges_init_containers_and_sidecars_but_not_ephemeral_ones if {
	spec := {
		"containers": [{"name": "app", "resources": full}],
		"initContainers": [{"name": "setup"}, {"name": "proxy", "restartPolicy": "Always"}],
		"ephemeralContainers": [{"name": "debug"}],
	}
	made := testing.of_pod("shop", spec, {"resources": ["memory"]})
	found := resource_limits.deny with input as made
	{f.msg | some f in found} == {
		"init container \"setup\" has no memory limit",
		"sidecar container \"proxy\" has no memory limit",
	}
}

test_amounts_that_limit_nothing if {
	bad := [
		"0", 0, "0m", "0.0", "0Mi", "-1", -1, "+0", "", " ", "1 Gi", "1gi", "1K", "1kB", "1GiB", "ten", "1e", "1,5",
		".", "m", "0e3", "1.2.3", "0x10", true, [], {}, "١",
	]
	accepted := [amount |
		some amount in bad
		made := testing.of_pod("shop", container({"limits": {"cpu": amount}}), {"resources": ["cpu"]})
		found := resource_limits.deny with input as made
		places(found) != {"spec/containers/0/resources/limits/cpu"}
	]
	accepted == []
}

test_amounts_that_limit if {
	good := [
		1, 0.5, 2000, "1", "0.5", ".5", "5.", "500m", "+1", " 1 ", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi",
		"1Gi", "1Ti", "1Pi", "1Ei", "100n", "100u", "1e3", "1E3", "1e+3", "12E-1", "010",
	]
	refused := [amount |
		some amount in good
		made := testing.of_pod("shop", container({"limits": {"cpu": amount}}), {"resources": ["cpu"]})
		found := resource_limits.deny with input as made
		count(found) > 0
	]
	refused == []
}

test_a_limit_of_the_pod_satisfies if {
	spec := {"resources": full, "containers": [{"name": "app"}, {"name": "log", "resources": {"limits": {"cpu": "0"}}}]}
	made := testing.of_pod("shop", spec, parameters)
	count(resource_limits.deny) == 0 with input as made
}

test_a_limit_of_the_pod_counts_only_where_kubernetes_knows_it if {
	spec := {"resources": {"limits": {"ephemeral-storage": "1Gi", "cpu": "0"}}, "containers": [{"name": "app"}]}
	made := testing.of_pod("shop", spec, {"resources": ["ephemeral-storage", "cpu"]})
	count(resource_limits.deny) == 2 with input as made
}

test_huge_pages_may_be_limited_for_the_pod if {
	spec := {"resources": {"limits": {"hugepages-2Mi": "4Mi"}}, "containers": [{"name": "app"}]}
	made := testing.of_pod("shop", spec, {"resources": ["hugepages-2Mi"]})
	count(resource_limits.deny) == 0 with input as made
}

test_default_and_max_of_a_limit_range_satisfy if {
	made := testing.of_pod("shop", container(null), parameters)
	inventory := limit_range({"type": "Container", "default": {"cpu": "1"}, "max": {"memory": "1Gi"}})
	count(resource_limits.deny) == 0 with input as made with data.inventory as inventory
	count(resource_limits.undecided) == 0 with input as made with data.inventory as inventory
}

test_limit_ranges_that_give_no_default if {
	made := testing.of_pod("shop", container(null), {"resources": ["cpu"]})
	items := [
		{"type": "Pod", "max": {"cpu": "1"}},
		{"type": "Container", "defaultRequest": {"cpu": "1"}},
		{"type": "Container", "default": {"cpu": "0"}},
		{"type": "Container", "default": null},
		{"type": "Container", "default": {"memory": "1Gi"}},
		{"default": {"cpu": "1"}},
		null,
	]
	satisfied := [item |
		some item in items
		inventory := limit_range(item)
		found := resource_limits.deny with input as made with data.inventory as inventory
		count(found) != 1
	]
	satisfied == []
}

test_a_limit_range_of_another_namespace_does_not_satisfy if {
	made := testing.of_pod("pay", container(null), parameters)
	inventory := limit_range({"type": "Container", "default": {"cpu": "1", "memory": "1Gi"}})
	count(resource_limits.deny) == 2 with input as made with data.inventory as inventory
}

test_a_written_zero_is_not_replaced_by_a_limit_range if {
	made := testing.of_pod("shop", container({"limits": {"cpu": "0"}}), {"resources": ["cpu"]})
	inventory := limit_range({"type": "Container", "default": {"cpu": "1"}})
	count(resource_limits.deny) == 1 with input as made with data.inventory as inventory
}

test_is_undecided_where_both_namespaces_are_unknown if {
	made := testing.of_pod(null, container(null), parameters)
	count(resource_limits.deny) == 0 with input as made with data.inventory as unknown_limit_range
	found := resource_limits.undecided with input as made with data.inventory as unknown_limit_range
	places(found) == {"spec/containers/0/resources/limits/cpu", "spec/containers/0/resources/limits/memory"}
}

test_decides_where_only_the_limit_range_is_unknown if {
	made := testing.of_pod("shop", container(null), parameters)
	count(resource_limits.deny) == 2 with input as made with data.inventory as unknown_limit_range
	count(resource_limits.undecided) == 0 with input as made with data.inventory as unknown_limit_range
}

test_names_no_container_that_has_no_name if {
	made := testing.of_pod("shop", {"containers": [{"name": null}, {"name": 7}, {}]}, {"resources": ["cpu"]})
	found := resource_limits.deny with input as made
	count(found) == 3
	{f.msg | some f in found} == {"container has no cpu limit"}
}

test_objects_without_pods_are_not_judged if {
	made := testing.of_object({"group": "", "version": "v1", "kind": "Service"}, "shop", {}, [], null, parameters)
	count(resource_limits.deny) == 0 with input as made
}

patches(made, known) := found if {
	found := resource_limits.patch with input as made with data.inventory as known
}

with_defaults(made, defaults) := object.union(made, {"parameters": {"defaults": defaults}})

both := {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}}

of_container(resources, defaults) := with_defaults(testing.of_pod("shop", container(resources), parameters), defaults)

# given is what patches of the one container say, by resource.
given(found) := {[p.path[4], p.path[5], p.value] | some p in found}

set_at(field, resource, value) := {
	"op": "set",
	"path": ["spec", "containers", 0, "resources", field, resource],
	"value": value,
}

test_without_defaults_nothing_is_changed if {
	patches(testing.of_pod("shop", container(null), parameters), {}) == set()
	wrong := [defaults |
		some defaults in [{}, {"limits": {}}, {"requests": {}, "limits": {}}]
		patches(of_container(null, defaults), {}) != set()
	]
	wrong == []
}

test_sets_limits_and_requests_where_both_are_missing if {
	wrong := [resources |
		some resources in [
			null, {}, {"limits": null}, {"limits": {}, "requests": {}}, {"limits": {"cpu": null}, "requests": null},
			{"limits": {"ephemeral-storage": "1Gi"}, "requests": {"memory": null}}, {"claims": []},
		]
		patches(of_container(resources, both), {}) != {
			set_at("limits", "cpu", "500m"), set_at("requests", "cpu", "100m"),
			set_at("limits", "memory", "256Mi"), set_at("requests", "memory", "128Mi"),
		}
	]
	wrong == []
	silent := with_defaults(testing.of_pod("shop", {"containers": [{"name": "app"}]}, parameters), both)
	count(patches(silent, {})) == 4
}

test_a_request_without_default_equals_the_limit if {
	given(patches(of_container(null, {"limits": {"cpu": "500m"}}), {})) == {["limits", "cpu", "500m"], ["requests", "cpu", "500m"]}
}

test_a_default_request_alone_is_set_too if {
	given(patches(of_container(null, {"requests": {"cpu": "100m"}}), {})) == {["requests", "cpu", "100m"]}
	patches(of_container({"requests": {"cpu": "1"}}, {"requests": {"cpu": "100m"}}), {}) == set()
	patches(of_container({"limits": {"cpu": "1"}}, {"requests": {"cpu": "100m"}}), {}) == set()
}

test_a_default_request_above_the_default_limit_is_lowered if {
	defaults := {"limits": {"cpu": "500m"}, "requests": {"cpu": 1}}
	given(patches(of_container(null, defaults), {})) == {["limits", "cpu", "500m"], ["requests", "cpu", "500m"]}
}

test_a_limit_is_never_below_the_request if {
	cases := [
		["100m", "500m"], ["0.5", "500m"], ["500m", "500m"], [0.5, "500m"], ["501m", "501m"], ["0.501", "0.501"],
		[1, 1], ["2", "2"], ["1k", "1k"], [" 0.1 ", "500m"], ["0", "500m"], [0, "500m"],
	]
	wrong := [[request, found] |
		some [request, expected] in cases
		found := given(patches(of_container({"requests": {"cpu": request}}, {"limits": {"cpu": "500m"}}), {}))
		found != {["limits", "cpu", expected]}
	]
	wrong == []
}

test_memory_is_compared_over_units if {
	cases := [
		["268435456", "256Mi"], ["268435457", "268435457"], ["256M", "256Mi"], ["269M", "269M"], ["0.25Gi", "256Mi"],
		["0.3Gi", "0.3Gi"], ["262144Ki", "256Mi"], ["262145Ki", "262145Ki"], ["9Ti", "9Ti"], ["128Mi", "256Mi"],
		[268435457, 268435457],
	]
	wrong := [[request, found] |
		some [request, expected] in cases
		found := given(patches(of_container({"requests": {"memory": request}}, {"limits": {"memory": "256Mi"}}), {}))
		found != {["limits", "memory", expected]}
	]
	wrong == []
}

test_amounts_that_cannot_be_compared_are_left_alone if {
	wrong := [request |
		some request in [
			"", "x", "-1", -1, true, [], {}, "1e3", "100n", "100u", "0.0001", "1Pi", "100Ti", "1Ei", 0.00001, ".", "m",
			1000000000000000,
		]
		found := patches(of_container({"requests": {"cpu": request}}, {"limits": {"cpu": "500m"}}), {})
		found != set()
	]
	wrong == []
	patches(of_container(null, {"limits": {"cpu": "500m"}, "requests": {"cpu": "1e3"}}), {}) == set()
}

test_what_is_written_stays if {
	wrong := [limit |
		some limit in ["1", "0", "x", "", 0, true, [], {}]
		patches(of_container({"limits": {"cpu": limit, "memory": limit}}, both), {}) != set()
	]
	wrong == []
}

test_only_resources_that_are_judged_are_set if {
	made := with_defaults(testing.of_pod("shop", container(null), {"resources": ["memory", "example.com/gpu"]}), both)
	given(patches(made, {})) == {["limits", "memory", "256Mi"], ["requests", "memory", "128Mi"]}
}

test_nothing_is_set_below_what_is_no_map if {
	wrong := [value |
		some value in array.slice(testing.malformed, 2, 99)
		some resources in [value, {"limits": value}, {"requests": value}]
		patches(of_container(resources, both), {}) != set()
	]
	wrong == []
	others := [value |
		some value in array.slice(testing.malformed, 2, 99)
		made := with_defaults(testing.of_pod("shop", {"containers": [value]}, parameters), both)
		patches(made, {}) != set()
	]
	others == []
}

test_sets_limits_of_init_containers_and_sidecars_but_not_of_ephemeral_ones if {
	spec := {
		"containers": [{"name": "app"}],
		"initContainers": [{"name": "setup"}, {"name": "proxy", "restartPolicy": "Always"}],
		"ephemeralContainers": [{"name": "debug"}],
	}
	made := with_defaults(testing.of_pod("shop", spec, {"resources": ["memory"]}), both)
	{p.path[1] | some p in patches(made, {})} == {"containers", "initContainers"}
	count(patches(made, {})) == 6
}

test_a_pod_that_speaks_of_the_resource_is_left_alone if {
	wrong := [resources |
		some resources in [{"limits": {"cpu": "1"}}, {"requests": {"cpu": "1"}}, {"limits": {"cpu": "0"}}]
		spec := {"resources": resources, "containers": [{"name": "app"}]}
		found := patches(with_defaults(testing.of_pod("shop", spec, parameters), both), {})
		given(found) != {["limits", "memory", "256Mi"], ["requests", "memory", "128Mi"]}
	]
	wrong == []
	others := [resources |
		some resources in array.concat(testing.malformed, [null, {"limits": null}, {"limits": {"cpu": null}}])
		spec := {"resources": resources, "containers": [{"name": "app"}]}
		count(patches(with_defaults(testing.of_pod("shop", spec, parameters), both), {})) != 4
	]
	others == []
}

test_a_namespace_with_a_limit_range_for_the_resource_is_left_alone if {
	wrong := [[type, field] |
		some type in ["Container", "Pod"]
		some field in ["default", "defaultRequest", "max", "min", "maxLimitRequestRatio"]
		found := patches(of_container(null, both), limit_range({"type": type, field: {"cpu": "1"}}))
		given(found) != {["limits", "memory", "256Mi"], ["requests", "memory", "128Mi"]}
	]
	wrong == []
	others := [item |
		some item in [
			{"type": "PersistentVolumeClaim", "max": {"cpu": "1"}}, {"max": {"cpu": "1"}}, null, {"type": "Container"},
			{"type": "Container", "max": ["cpu"]}, {"type": ["Container"], "max": {"cpu": "1"}},
		]
		count(patches(of_container(null, both), limit_range(item))) != 4
	]
	others == []
	elsewhere := with_defaults(testing.of_pod("pay", container(null), parameters), both)
	count(patches(elsewhere, limit_range({"type": "Pod", "max": {"cpu": "1"}}))) == 4
}

test_an_unknown_limit_range_may_apply_where_the_namespace_is_unknown if {
	unknown := with_defaults(testing.of_pod(null, container(null), parameters), both)
	patches(unknown, unknown_limit_range) == set()
	count(patches(unknown, {})) == 4
	count(patches(of_container(null, both), unknown_limit_range)) == 4
}

test_of_objects_that_exist_only_templates_are_changed if {
	patches(testing.as_update(of_container(null, both), {}), {}) == set()
	template := with_defaults(testing.of_deployment("shop", container(null), parameters), both)
	count(patches(testing.as_update(template, {}), {})) == 4
}

test_defaults_change_no_finding if {
	found := resource_limits.deny with input as of_container(null, both)
	count(found) == 2
}
