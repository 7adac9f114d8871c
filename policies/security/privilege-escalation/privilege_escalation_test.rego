package platlint.security.privilege_escalation_test

import data.platlint.lib.testing
import data.platlint.security.privilege_escalation as rule

of(spec) := testing.of_pod("shop", spec, {})

with_context(context) := of({"containers": [{"name": "app", "securityContext": context}]})

own_path := ["spec", "containers", 0, "securityContext", "allowPrivilegeEscalation"]

privileged_path := ["spec", "containers", 0, "securityContext", "privileged"]

add_path(index) := ["spec", "containers", 0, "securityContext", "capabilities", "add", index]

forbidding(path) := {"op": "set", "path": path, "value": false}

messages(made) := {f.msg | some f in found} if found := rule.deny with input as made

places(made) := {f.path | some f in found} if found := rule.deny with input as made

patches(made) := found if found := rule.patch with input as made

test_passes_false if {
	made := with_context({"allowPrivilegeEscalation": false})
	[messages(made), patches(made)] == [set(), set()]
}

test_denies_and_forbids_where_nothing_is_said if {
	wrong := [context |
		some context in [null, {}, {"allowPrivilegeEscalation": null}, {"runAsUser": 7}, {"privileged": false}]
		made := with_context(context)
		[places(made), patches(made)] != [{own_path}, {forbidding(own_path)}]
	]
	wrong == []
	messages(of({"containers": [{"name": "app"}]})) == {"container \"app\" does not forbid its processes to gain privileges"}
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

test_what_somebody_wrote_is_denied_and_stays if {
	wrong := [value |
		some value in [true, "false", "", 0, [], {}]
		made := with_context({"allowPrivilegeEscalation": value})
		[places(made), patches(made)] != [{own_path}, set()]
	]
	wrong == []
	messages(with_context({"allowPrivilegeEscalation": true})) == {"container \"app\" allows its processes to gain privileges"}
}

test_privileged_containers_are_denied_and_stay if {
	wrong := [value |
		some value in [null, true, false, "x"]
		made := with_context({"privileged": true, "allowPrivilegeEscalation": value, "capabilities": {"add": ["SYS_ADMIN"]}})
		[places(made), patches(made)] != [{privileged_path}, set()]
	]
	wrong == []
	messages(with_context({"privileged": true})) == {"container \"app\" is privileged, so that its processes can gain privileges"}
}

test_administrative_capabilities_are_denied_and_stay if {
	wrong := [capability |
		some capability in ["SYS_ADMIN", "CAP_SYS_ADMIN", "ALL", "sys_admin", "all"]
		made := with_context({"capabilities": {"add": ["NET_RAW", capability]}})
		[places(made), patches(made)] != [{add_path(1)}, set()]
	]
	wrong == []
	messages(with_context({"capabilities": {"add": ["SYS_ADMIN"]}})) == {"container \"app\" adds the capability \"SYS_ADMIN\", with which processes can gain privileges"}
}

test_false_beside_a_capability_counts_unless_the_api_server_refuses_both if {
	cases := [["SYS_ADMIN", set()], ["ALL", set()], ["CAP_SYS_ADMIN", {add_path(0)}]]
	wrong := [capability |
		some [capability, expected] in cases
		made := with_context({"allowPrivilegeEscalation": false, "capabilities": {"add": [capability]}})
		[places(made), patches(made)] != [expected, set()]
	]
	wrong == []
}

test_other_capabilities_do_not_matter if {
	wrong := [added |
		some added in [null, [], ["NET_RAW", "SYS_TIME"], [null, 7, [], {}], "SYS_ADMIN", {"a": "SYS_ADMIN"}, 7]
		made := with_context({"capabilities": {"add": added}})
		[places(made), patches(made)] != [{own_path}, {forbidding(own_path)}]
	]
	wrong == []
	made := with_context({"capabilities": "ALL"})
	patches(made) == {forbidding(own_path)}
}

test_windows_is_not_judged if {
	contexts := [{}, {"privileged": true}, {"capabilities": {"add": ["SYS_ADMIN"]}}, {"allowPrivilegeEscalation": true}]
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
		some container in [value, {"securityContext": value}]
		made := of({"containers": [container]})
		[places(made), patches(made)] != [{own_path}, set()]
	]
	wrong == []
}

test_judges_every_kind_at_its_path if {
	inputs := testing.in_every_kind({"containers": [{"name": "app"}]}, {})
	wrong := [made.review.kind |
		some made in inputs
		path := array.concat(made.pods[0].path, own_path)
		[places(made), patches(made)] != [{path}, {forbidding(path)}]
	]
	wrong == []
}

test_of_a_pod_that_exists_only_added_ephemeral_containers_are_changed if {
	spec := {"containers": [{"name": "app"}], "ephemeralContainers": [{"name": "old"}, {"name": "new"}, {}]}
	before := {"spec": {"ephemeralContainers": [{"name": "old"}]}}
	made := testing.as_update(of(spec), before)
	count(places(made)) == 4
	patches(made) == {forbidding(["spec", "ephemeralContainers", 1, "securityContext", "allowPrivilegeEscalation"])}
}

test_an_old_pod_of_wrong_types_had_no_such_container if {
	spec := {"ephemeralContainers": [{"name": "new"}]}
	wrong := [before |
		some value in array.concat(testing.malformed, [null])
		some before in [{"spec": value}, {"spec": {"ephemeralContainers": value}}]
		count(patches(testing.as_update(of(spec), before))) != 1
	]
	wrong == []
	without := object.union(of(spec), {"review": {"operation": "UPDATE"}})
	patches(without) == set()
}

test_templates_of_jobs_that_exist_are_not_changed if {
	wrong := [made.review.kind |
		some plain in testing.in_every_kind({"ephemeralContainers": [{"name": "new"}], "containers": [{"name": "app"}]}, {})
		made := testing.as_update(plain, {})
		settled := {["batch", "Job"], ["serving.knative.dev", "Revision"], ["", "Pod"]}
		kind := [made.review.kind.group, made.review.kind.kind]
		changed := {true | count(patches(made)) == 2}
		changed == {true | kind in settled}
	]
	wrong == []
}
