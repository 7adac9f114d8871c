package platlint.gitops.application_revision_test

import data.platlint.gitops.application_revision as rule

defaults := {"patterns": ["prod", "prod-*"], "branches": ["", "HEAD", "main"]}

of(project, source) := {"review": {"operation": "CREATE", "kind": {"group": "argoproj.io", "version": "v1alpha1", "kind": "Application"}, "object": {"spec": {"project": project, "source": source}}}, "parameters": defaults}

test_moving_revisions_of_production_are_denied if {
	wrong := [source |
		some source in [
			{"path": "a", "targetRevision": "HEAD"}, {"path": "a"}, {"path": "a", "targetRevision": "refs/heads/x"},
			{"chart": "a", "targetRevision": "1.x"}, {"chart": "a", "targetRevision": ">=1.0.0"}, {"chart": "a", "targetRevision": "*"},
		]
		found := rule.deny with input as of("prod-eu", source)
		count(found) != 1
	]
	wrong == []
}

test_fixed_revisions_and_others_than_production_pass if {
	wrong := [source |
		some source in [{"path": "a", "targetRevision": "v1.0.0"}, {"path": "a", "targetRevision": "3f2a9c1"}, {"chart": "a", "targetRevision": "1.0.0-next"}]
		found := rule.deny with input as of("prod", source)
		found != set()
	]
	wrong == []
	other := rule.deny with input as of("dev", {"path": "a", "targetRevision": "HEAD"})
	other == set()
}

test_each_of_several_sources_is_judged if {
	spec := {"project": "prod", "sources": [{"path": "a", "targetRevision": "main"}, {"ref": "v", "targetRevision": "v1.0.0"}], "source": {"path": "b"}}
	found := rule.deny with input as {"review": {"object": {"spec": spec}}, "parameters": defaults}
	{f.path | some f in found} == {["spec", "sources", 0, "targetRevision"]}
}

test_other_types_do_no_harm if {
	wrong := [object |
		some object in [{}, {"spec": null}, {"spec": {"project": "prod", "source": "x"}}, {"spec": {"project": "prod", "sources": {}}}, {"spec": {"project": 7, "source": {"targetRevision": 7}}}]
		found := rule.deny with input as {"review": {"object": object}, "parameters": defaults}
		found != set()
	]
	wrong == []
}
