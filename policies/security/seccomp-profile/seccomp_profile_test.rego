package platlint.security.seccomp_profile_test

import data.platlint.lib.testing
import data.platlint.security.seccomp_profile as rule

of(spec) := testing.of_pod("shop", spec, {})

plain := {"containers": [{"name": "app"}]}

profile(type) := {"securityContext": {"seccompProfile": {"type": type}}}

at_pod(context) := {"securityContext": context, "containers": [{"name": "app"}]}

at_container(fields) := {"containers": [object.union({"name": "app"}, fields)]}

setting(path) := {"op": "set", "path": path, "value": "RuntimeDefault"}

pod_patch := setting(["spec", "securityContext", "seccompProfile", "type"])

own_path(index) := ["spec", "containers", index, "securityContext", "seccompProfile", "type"]

messages(made) := {f.msg | some f in found} if found := rule.deny with input as made

places(made) := {f.path | some f in found} if found := rule.deny with input as made

patches(made) := found if found := rule.patch with input as made

test_passes_a_confining_profile_of_the_pod if {
	wrong := [type |
		some type in ["RuntimeDefault", "Localhost"]
		made := of(object.union(plain, profile(type)))
		[messages(made), patches(made)] != [set(), set()]
	]
	wrong == []
}

test_passes_profiles_of_all_containers if {
	made := of({
		"containers": [object.union({"name": "app"}, profile("RuntimeDefault"))],
		"initContainers": [object.union({"name": "init"}, profile("Localhost"))],
	})
	messages(made) == set()
	patches(made) == set()
}

test_denies_containers_without_any_and_confines_their_pod if {
	made := of({
		"containers": [{"name": "app"}, object.union({"name": "log"}, profile("RuntimeDefault"))],
		"initContainers": [{"name": "setup"}, {"name": "proxy", "restartPolicy": "Always"}],
		"ephemeralContainers": [{"name": "debug"}],
	})
	messages(made) == {
		"container \"app\" has no seccomp profile, nor has its Pod",
		"init container \"setup\" has no seccomp profile, nor has its Pod",
		"sidecar container \"proxy\" has no seccomp profile, nor has its Pod",
		"ephemeral container \"debug\" has no seccomp profile, nor has its Pod",
	}
	own_path(0) in places(made)
	patches(made) == {pod_patch}
}

test_a_profile_of_the_pod_that_confines_nothing_is_one_finding_without_patch if {
	wrong := [type |
		some type in ["Unconfined", "runtime/default", "runtimedefault", "", 7, true, [], {}, ["RuntimeDefault"]]
		made := of(object.union(plain, profile(type)))
		[places(made), patches(made)] != [{["spec", "securityContext", "seccompProfile", "type"]}, set()]
	]
	wrong == []
	messages(of(object.union(plain, profile("Unconfined")))) == {"the Pod's seccomp profile is of type \"Unconfined\", which confines nothing"}
	messages(of(object.union(plain, profile(7)))) == {"the Pod's seccomp profile is of type (no text), which confines nothing"}
}

test_a_profile_of_a_container_that_confines_nothing_is_not_changed if {
	made := of({"containers": [object.union({"name": "app"}, profile("Unconfined"))]})
	messages(made) == {"the seccomp profile of container \"app\" is of type \"Unconfined\", which confines nothing"}
	places(made) == {own_path(0)}
	patches(made) == set()
	confined := of(object.union({"containers": [object.union({"name": "app"}, profile("Unconfined"))]}, profile("RuntimeDefault")))
	places(confined) == {own_path(0)}
}

test_an_unconfined_container_does_not_keep_its_pod_from_a_profile if {
	made := of({"containers": [{"name": "app"}, object.union({"name": "trace"}, profile("Unconfined"))]})
	places(made) == {own_path(0), own_path(1)}
	patches(made) == {pod_patch}
}

test_privileged_containers_are_denied_whatever_they_say if {
	privileged := {"name": "app", "securityContext": {"privileged": true, "seccompProfile": {"type": "RuntimeDefault"}}}
	made := of({"containers": [privileged]})
	messages(made) == {"container \"app\" is privileged, so that no seccomp profile applies to it"}
	places(made) == {["spec", "containers", 0, "securityContext", "privileged"]}
	patches(made) == set()
	silent := of(at_container({"securityContext": {"privileged": true}}))
	places(silent) == {["spec", "containers", 0, "securityContext", "privileged"]}
	patches(silent) == set()
}

test_only_true_is_privileged if {
	wrong := [value |
		some value in [false, null, "true", 1, [], {}]
		made := of(at_container({"securityContext": {"privileged": value}}))
		[places(made), patches(made)] != [{own_path(0)}, {pod_patch}]
	]
	wrong == []
}

test_windows_is_not_judged if {
	made := of(object.union(
		{"os": {"name": "windows"}, "containers": [{"name": "app", "securityContext": {"privileged": true}}]},
		profile("Unconfined"),
	))
	messages(made) == set()
	patches(made) == set()
	unconfined := of({"os": {"name": "windows"}, "containers": [{"name": "app"}, object.union({"name": "b"}, profile("Unconfined"))]})
	messages(unconfined) == set()
	patches(unconfined) == set()
}

test_other_systems_are_judged if {
	wrong := [os |
		some os in [null, {}, "windows", {"name": "linux"}, {"name": null}, {"name": "Windows"}, []]
		made := of(object.union(plain, {"os": os}))
		[places(made), patches(made)] != [{own_path(0)}, {pod_patch}]
	]
	wrong == []
}

test_nothing_is_patched_below_what_is_no_map if {
	wrong := [[value, context] |
		some value in array.slice(testing.malformed, 2, 99)
		some context in [value, {"seccompProfile": value}]
		made := of(at_pod(context))
		[places(made), patches(made)] != [{own_path(0)}, set()]
	]
	wrong == []
}

test_null_and_empty_maps_of_the_pod_are_filled if {
	wrong := [context |
		some context in [
			null, {}, {"seccompProfile": null}, {"seccompProfile": {}}, {"seccompProfile": {"type": null}},
			{"runAsUser": 1000}, {"seccompProfile": {"localhostProfile": null}},
		]
		made := of(at_pod(context))
		[places(made), patches(made)] != [{own_path(0)}, {pod_patch}]
	]
	wrong == []
}

test_a_half_written_profile_is_left_to_who_wrote_it if {
	made := of(at_pod({"seccompProfile": {"localhostProfile": "audit.json"}}))
	places(made) == {own_path(0)}
	patches(made) == set()
}

test_containers_of_wrong_types_are_denied_and_break_nothing if {
	wrong := [value |
		some value in testing.malformed
		some container in [value, {"securityContext": value}, {"securityContext": {"seccompProfile": value}}]
		made := of({"containers": [container]})
		[places(made), patches(made)] != [{own_path(0)}, {pod_patch}]
	]
	wrong == []
}

test_judges_every_kind_at_its_path if {
	inputs := testing.in_every_kind(plain, {})
	wrong := [made.review.kind |
		some made in inputs
		made.review.kind.group != "serving.knative.dev"
		expected := setting(array.concat(made.pods[0].path, pod_patch.path))
		[count(places(made)), patches(made)] != [1, {expected}]
	]
	wrong == []
}

test_knative_is_patched_at_containers if {
	inputs := testing.in_every_kind({"containers": [{"name": "a"}, object.union({"name": "b"}, profile("RuntimeDefault"))]}, {})
	wrong := [made.review.kind |
		some made in inputs
		made.review.kind.group == "serving.knative.dev"
		expected := setting(array.concat(made.pods[0].path, own_path(0)))
		patches(made) != {expected}
	]
	wrong == []
	count([1 | some made in inputs; made.review.kind.group == "serving.knative.dev"]) == 3
}

test_knative_containers_of_wrong_types_are_not_patched if {
	kind := {"group": "serving.knative.dev", "version": "v1", "kind": "Service"}
	wrong := [container |
		some value in array.slice(testing.malformed, 2, 99)
		some container in [value, {"securityContext": value}, {"securityContext": {"seccompProfile": value}}]
		made := testing.of_object(kind, "shop", {}, ["spec", "template"], {"containers": [container]}, {})
		[count(places(made)), patches(made)] != [1, set()]
	]
	wrong == []
}

test_a_pod_that_exists_is_not_changed if {
	made := testing.as_update(of(plain), {"spec": plain})
	places(made) == {own_path(0)}
	patches(made) == set()
}

test_an_ephemeral_container_that_is_added_to_a_pod_is_confined if {
	spec := {"containers": [{"name": "app"}], "ephemeralContainers": [{"name": "old"}, {"name": "new"}]}
	before := {"spec": {"ephemeralContainers": [{"name": "old"}]}}
	path := ["spec", "ephemeralContainers", 1, "securityContext", "seccompProfile", "type"]
	patches(testing.as_update(of(spec), before)) == {setting(path)}
	patches(testing.as_update(of(object.union(spec, profile("RuntimeDefault"))), before)) == set()
	patches(testing.as_update(of(object.union(spec, profile("Unconfined"))), before)) == set()
}

test_an_update_of_a_template_is_patched if {
	made := testing.as_update(testing.of_deployment("shop", plain, {}), {})
	patches(made) == {setting(array.concat(["spec", "template"], pod_patch.path))}
}

test_objects_without_containers_are_not_judged if {
	wrong := [spec |
		some spec in [{}, {"containers": null}, {"containers": []}, {"containers": [null]}]
		made := of(spec)
		[messages(made), patches(made)] != [set(), set()]
	]
	wrong == []
	service := testing.of_object({"group": "", "version": "v1", "kind": "Service"}, "shop", {}, [], null, {})
	messages(service) == set()
}
