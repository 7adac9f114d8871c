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
