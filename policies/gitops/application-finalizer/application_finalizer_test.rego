package platlint.gitops.application_finalizer_test

import data.platlint.gitops.application_finalizer as rule

test_the_finalizer_is_asked_for if {
	wrong := [metadata |
		some metadata in [{}, {"finalizers": null}, {"finalizers": []}, {"finalizers": ["other"]}]
		found := rule.deny with input as {"review": {"object": {"metadata": metadata}}}
		count(found) != 1
	]
	wrong == []
}

test_each_form_of_it_passes if {
	wrong := [finalizer |
		some finalizer in ["resources-finalizer.argocd.argoproj.io", "resources-finalizer.argocd.argoproj.io/background"]
		found := rule.deny with input as {"review": {"object": {"metadata": {"finalizers": [finalizer]}}}}
		found != set()
	]
	wrong == []
}
