package platlint.security.drop_capabilities_test

import data.platlint.lib.testing
import data.platlint.security.drop_capabilities as rule

parameters := {"allowedAdd": ["NET_BIND_SERVICE"]}

of(spec) := testing.of_pod("shop", spec, parameters)

with_context(context) := of({"containers": [{"name": "app", "securityContext": context}]})

with_capabilities(capabilities) := with_context({"capabilities": capabilities})

drop_path := ["spec", "containers", 0, "securityContext", "capabilities", "drop"]

add_path := ["spec", "containers", 0, "securityContext", "capabilities", "add"]

written(path) := {"op": "set", "path": path, "value": ["ALL"]}

appended := {"op": "append", "path": drop_path, "value": "ALL"}

messages(made) := {f.msg | some f in found} if found := rule.deny with input as made

places(made) := {f.path | some f in found} if found := rule.deny with input as made

patches(made) := found if found := rule.patch with input as made

test_passes_all_dropped if {
	wrong := [capabilities |
		some capabilities in [
			{"drop": ["ALL"]}, {"drop": ["NET_RAW", "ALL"]}, {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
			{"drop": ["ALL"], "add": null}, {"drop": ["ALL"], "add": []}, {"drop": [null, 7, "ALL"]},
		]
		made := with_capabilities(capabilities)
		[places(made), patches(made)] != [set(), set()]
	]
	wrong == []
}

test_denies_and_drops_where_nothing_is_said if {
	wrong := [context |
		some context in [
			null, {}, {"capabilities": null}, {"capabilities": {}}, {"capabilities": {"drop": null}},
			{"capabilities": {"add": ["NET_BIND_SERVICE"]}}, {"privileged": false},
		]
		made := with_context(context)
		[places(made), patches(made)] != [{drop_path}, {written(drop_path)}]
	]
	wrong == []
	messages(of({"containers": [{"name": "app"}]})) == {"container \"app\" does not drop all capabilities"}
}

test_adds_all_to_what_is_dropped if {
	wrong := [dropped |
		some dropped in [[], ["NET_RAW"], ["all"], ["All"], ["CAP_ALL"], [null], [7], [["ALL"]], [{"ALL": true}]]
		made := with_capabilities({"drop": dropped})
		[places(made), patches(made)] != [{drop_path}, {appended}]
	]
	wrong == []
}

test_a_drop_that_is_no_list_stays if {
	wrong := [dropped |
		some dropped in [{}, {"a": "ALL"}, "ALL", "", 7, true, false]
		made := with_capabilities({"drop": dropped})
		[places(made), patches(made)] != [{drop_path}, set()]
	]
	wrong == []
}

test_denies_each_capability_that_is_added if {
	made := with_capabilities({"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "SYS_TIME", "net_bind_service", "CAP_NET_BIND_SERVICE", null, 7]})
	places(made) == {array.concat(add_path, [index]) | some index in [1, 2, 3, 4, 5]}
	"container \"app\" adds the capability \"SYS_TIME\", which is not allowed" in messages(made)
	"container \"app\" adds the capability (no text), which is not allowed" in messages(made)
	patches(made) == set()
}

test_what_is_added_stays_when_all_is_dropped if {
	made := with_capabilities({"add": ["SYS_TIME"]})
	places(made) == {drop_path, array.concat(add_path, [0])}
	patches(made) == {written(drop_path)}
}

test_who_adds_all_is_not_changed if {
	wrong := [capability |
		some capability in ["ALL", "all"]
		made := with_capabilities({"add": [null, capability]})
		patches(made) != set()
	]
	wrong == []
}

test_additions_that_are_no_list if {
	wrong := [added |
		some added in [{}, {"a": "SYS_TIME"}, "SYS_TIME", "", 7, true, false]
		made := with_capabilities({"drop": ["ALL"], "add": added})
		[places(made), patches(made)] != [{add_path}, set()]
	]
	wrong == []
	messages(with_capabilities({"drop": ["ALL"], "add": "X"})) == {"what container \"app\" adds is no list of capabilities"}
}

test_additions_can_be_allowed if {
	made := object.union(
		with_capabilities({"drop": ["ALL"], "add": ["SYS_TIME", "NET_BIND_SERVICE"]}),
		{"parameters": {"allowedAdd": ["SYS_TIME"]}},
	)
	places(made) == {array.concat(add_path, [1])}
}

test_privileged_containers_are_denied_and_stay if {
	wrong := [capabilities |
		some capabilities in [null, {}, {"drop": ["ALL"]}, {"add": ["SYS_TIME"]}, "x"]
		made := with_context({"privileged": true, "capabilities": capabilities})
		[places(made), patches(made)] != [{["spec", "containers", 0, "securityContext", "privileged"]}, set()]
	]
	wrong == []
	messages(with_context({"privileged": true})) == {"container \"app\" is privileged, so that it has every capability"}
}

test_judges_every_type_of_container if {
	made := of({
		"containers": [{"name": "app"}],
		"initContainers": [{"name": "setup"}, {"name": "proxy", "restartPolicy": "Always"}],
		"ephemeralContainers": [{"name": "debug"}],
	})
	count(places(made)) == 4
	{p.path | some p in patches(made)} == places(made)
}

test_windows_is_not_judged if {
	contexts := [{}, {"privileged": true}, {"capabilities": {"add": ["SYS_TIME"]}}, {"capabilities": {"add": "x"}}]
	wrong := [context |
		some context in contexts
		made := of({"os": {"name": "windows"}, "containers": [{"name": "app", "securityContext": context}]})
		[places(made), patches(made)] != [set(), set()]
	]
	wrong == []
}

test_containers_of_wrong_types_are_denied_and_stay if {
	wrong := [value |
		some value in array.slice(testing.malformed, 2, 99)
		some container in [value, {"securityContext": value}, {"securityContext": {"capabilities": value}}]
		made := of({"containers": [container]})
		[places(made), patches(made)] != [{drop_path}, set()]
	]
	wrong == []
}

test_judges_every_kind_at_its_path if {
	inputs := testing.in_every_kind({"containers": [{"name": "app"}]}, parameters)
	wrong := [made.review.kind |
		some made in inputs
		path := array.concat(made.pods[0].path, drop_path)
		[places(made), patches(made)] != [{path}, {written(path)}]
	]
	wrong == []
}

test_of_a_pod_that_exists_only_added_ephemeral_containers_are_changed if {
	spec := {"containers": [{"name": "app"}], "ephemeralContainers": [{"name": "old"}, {"name": "new"}]}
	before := {"spec": {"ephemeralContainers": [{"name": "old"}]}}
	made := testing.as_update(of(spec), before)
	count(places(made)) == 3
	patches(made) == {written(["spec", "ephemeralContainers", 1, "securityContext", "capabilities", "drop"])}
}
