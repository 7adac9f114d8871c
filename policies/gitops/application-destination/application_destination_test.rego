package platlint.gitops.application_destination_test

import data.platlint.gitops.application_destination as rule

of(spec) := {"review": {"operation": "CREATE", "kind": {"group": "argoproj.io", "version": "v1alpha1", "kind": "Application"}, "object": {"spec": spec}}, "parameters": {}}

test_one_cluster_is_named if {
	wrong := [destination |
		some destination in [{"server": "https://x"}, {"name": "x", "namespace": "y"}, {"name": "x", "server": ""}]
		found := rule.deny with input as of({"destination": destination})
		found != set()
	]
	wrong == []
}

test_both_or_none_are_denied if {
	wrong := [spec |
		some spec in [{"destination": {"server": "https://x", "name": "x"}}, {"destination": {"namespace": "y"}}, {"destination": null}, {}]
		found := rule.deny with input as of(spec)
		count(found) != 1
	]
	wrong == []
}

test_other_types_do_no_harm if {
	found := rule.deny with input as of("text")
	found == set()
}
