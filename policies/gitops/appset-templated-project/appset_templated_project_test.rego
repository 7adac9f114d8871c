package platlint.gitops.appset_templated_project_test

import data.platlint.gitops.appset_templated_project as rule

of(project, generator) := {"review": {"object": {"spec": {"generators": [generator], "template": {"spec": {"project": project}}}}}}

test_a_project_from_a_repository_is_denied if {
	wrong := [generator |
		some generator in [{"git": {}}, {"scmProvider": {}}, {"matrix": {"generators": [{"clusters": {}}, {"pullRequest": {}}]}}, {"merge": {"generators": [{"matrix": {"generators": [{"git": {}}]}}]}}]
		found := rule.deny with input as of("{{project}}", generator)
		count(found) != 1
	]
	wrong == []
}

test_other_projects_and_generators_pass if {
	fixed := rule.deny with input as of("shop", {"git": {}})
	fixed == set()
	own := rule.deny with input as of("{{project}}", {"list": {}})
	own == set()
}
