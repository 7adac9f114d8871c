package platlint.security.service_account_token_test

import data.platlint.lib.testing
import data.platlint.security.service_account_token as rule

defaults := {"allowExplicit": true, "namedAccounts": "report"}

of(spec) := testing.of_pod("shop", spec, defaults)

with_parameters(made, parameters) := object.union(made, {"parameters": parameters})

own_path := ["spec", "automountServiceAccountToken"]

withholding(path) := {"op": "set", "path": path, "value": false}

removing(path) := {"op": "remove", "path": path}

messages(made) := {f.msg | some f in found} if found := rule.deny with input as made

places(made) := {f.path | some f in found} if found := rule.deny with input as made

patches(made) := found if found := rule.patch with input as made

said(value) := of({"automountServiceAccountToken": value, "containers": [{"name": "app"}]})

token_volume := {"name": "kube-api-access-x2x7k", "projected": {"sources": [
	{"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
	{"configMap": {"name": "kube-root-ca.crt"}},
]}}

token_mount := {
	"name": "kube-api-access-x2x7k",
	"readOnly": true,
	"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
}

test_passes_what_is_said if {
	wrong := [value |
		some value in [false, true]
		[messages(said(value)), patches(said(value))] != [set(), set()]
	]
	wrong == []
}

test_denies_and_withholds_where_nothing_is_said if {
	wrong := [spec |
		some spec in [
			{}, {"automountServiceAccountToken": null}, {"containers": null}, {"serviceAccountName": ""},
			{"serviceAccountName": "default"}, {"serviceAccount": "default"}, {"serviceAccountName": null},
			{"serviceAccountName": 7}, {"volumes": null}, {"volumes": []},
		]
		[places(of(spec)), patches(of(spec))] != [{own_path}, {withholding(own_path)}]
	]
	wrong == []
	messages(of({})) == {"the Pod does not say whether it gets a token of ServiceAccount \"default\""}
}

test_a_true_can_be_refused_and_stays if {
	made := with_parameters(said(true), {"allowExplicit": false})
	messages(made) == {"the Pod asks for a token of ServiceAccount \"default\""}
	places(made) == {own_path}
	patches(made) == set()
	messages(with_parameters(said(false), {"allowExplicit": false})) == set()
}

test_other_values_are_denied_and_stay if {
	wrong := [value |
		some value in ["false", "", 0, 1, [], {}, [null], {"a": null}]
		[places(said(value)), patches(said(value))] != [{own_path}, set()]
	]
	wrong == []
	messages(said("true")) == {"automountServiceAccountToken is neither true nor false"}
}

test_pods_that_name_an_account if {
	named := [{"serviceAccountName": "deployer"}, {"serviceAccount": "deployer"}, {"serviceAccountName": "", "serviceAccount": "deployer"}]
	cases := [["report", {own_path}, set()], ["fix", {own_path}, {withholding(own_path)}], ["allow", set(), set()]]
	wrong := [[spec, wanted] |
		some spec in named
		some [wanted, denied, patched] in cases
		made := with_parameters(of(spec), {"namedAccounts": wanted})
		[places(made), patches(made)] != [denied, patched]
	]
	wrong == []
	messages(of(named[0])) == {"the Pod does not say whether it gets a token of ServiceAccount \"deployer\""}
}

test_the_default_account_is_fixed_whatever_is_done_with_others if {
	wrong := [wanted |
		some wanted in ["report", "fix", "allow"]
		made := with_parameters(of({}), {"namedAccounts": wanted})
		[places(made), patches(made)] != [{own_path}, {withholding(own_path)}]
	]
	wrong == []
}

test_the_volume_that_the_cluster_added_goes if {
	made := of({
		"serviceAccountName": "default",
		"volumes": [null, {"name": "data"}, token_volume],
		"containers": [
			{"name": "app", "volumeMounts": [{"name": "data"}, token_mount, null]},
			{"name": "log"},
			{"name": "own", "volumeMounts": [{"name": "data", "mountPath": token_mount.mountPath}]},
		],
		"initContainers": [{"name": "setup", "volumeMounts": [token_mount]}],
	})
	places(made) == {own_path}
	patches(made) == {
		withholding(own_path),
		removing(["spec", "volumes", 2]),
		removing(["spec", "containers", 0, "volumeMounts", 1]),
		removing(["spec", "initContainers", 0, "volumeMounts", 0]),
	}
}

test_the_volume_stays_where_the_pod_says_something_or_keeps_its_token if {
	spec := {"volumes": [token_volume], "containers": [{"name": "app", "volumeMounts": [token_mount]}]}
	wrong := [more |
		some more in [
			{"automountServiceAccountToken": true}, {"automountServiceAccountToken": false},
			{"serviceAccountName": "deployer"},
		]
		patches(of(object.union(spec, more))) != set()
	]
	wrong == []
}

test_volumes_of_users_stay if {
	wrong := [volume |
		some volume in [
			object.union(token_volume, {"name": "my-token"}), object.union(token_volume, {"name": 7}),
			{"name": "kube-api-access-x2x7k"}, {"name": "kube-api-access-x2x7k", "emptyDir": {}},
			{"name": "kube-api-access-x2x7k", "projected": {"sources": [{"configMap": {}}, null]}},
			{"name": "kube-api-access-x2x7k", "projected": {"sources": "serviceAccountToken"}},
			{"name": "kube-api-access-x2x7k", "projected": []}, null, [], "x", {},
		]
		made := of({"volumes": [volume], "containers": [{"name": "app", "volumeMounts": [token_mount]}]})
		patches(made) != {withholding(own_path)}
	]
	wrong == []
}

test_lists_of_wrong_types_break_nothing if {
	wrong := [spec |
		some value in testing.malformed
		some spec in [{"volumes": value}, {"containers": value}]
		[places(of(spec)), patches(of(spec))] != [{own_path}, {withholding(own_path)}]
	]
	wrong == []
}

test_containers_of_wrong_types_keep_no_volume if {
	wrong := [container |
		some value in testing.malformed
		some container in [value, {"volumeMounts": value}, {"volumeMounts": [value]}]
		made := of({"containers": [container], "volumes": [token_volume]})
		[places(made), patches(made)] != [{own_path}, {withholding(own_path), removing(["spec", "volumes", 0])}]
	]
	wrong == []
}

test_accounts_of_wrong_types_are_the_default_one if {
	wrong := [value |
		some value in [{}, [], "", 7, true, null]
		some spec in [{"serviceAccount": value}, {"serviceAccountName": value}]
		patches(of(spec)) != {withholding(own_path)}
	]
	wrong == []
}

test_a_spec_that_is_no_map_is_not_judged if {
	wrong := [value |
		some value in array.concat(array.slice(testing.malformed, 2, 99), [null])
		made := object.union(of({}), {"pods": [{"path": [], "spec": value}]})
		[places(made), patches(made)] != [set(), set()]
	]
	wrong == []
}

test_judges_every_kind_at_its_path if {
	inputs := testing.in_every_kind({}, defaults)
	wrong := [made.review.kind |
		some made in inputs
		path := array.concat(made.pods[0].path, own_path)
		[places(made), patches(made)] != [{path}, {withholding(path)}]
	]
	wrong == []
}

test_a_pod_that_exists_is_denied_and_not_changed if {
	made := testing.as_update(of({"volumes": [token_volume]}), {})
	[places(made), patches(made)] == [{own_path}, set()]
	template := testing.as_update(testing.of_deployment("shop", {}, defaults), {})
	count(patches(template)) == 1
}

test_mirror_pods_are_not_judged if {
	mark := {"review": {"object": {"metadata": {"annotations": {"kubernetes.io/config.mirror": "abc"}}}}}
	made := object.union(of({}), mark)
	[places(made), patches(made)] == [set(), set()]
	template := object.union(testing.of_deployment("shop", {}, defaults), mark)
	count(places(template)) == 1
	null_mark := {"review": {"object": {"metadata": {"annotations": {"kubernetes.io/config.mirror": null}}}}}
	count(places(object.union(of({}), null_mark))) == 1
}

test_windows_is_judged_too if {
	count(patches(of({"os": {"name": "windows"}}))) == 1
}
