package platlint.gitops.application_sync_policy_test

import data.platlint.gitops.application_sync_policy as rule

of(policy) := {"review": {"object": {"spec": {"syncPolicy": policy}}}}

test_asks_for_each_setting if {
	cases := [[{}, 1], [null, 1], [{"automated": null}, 1], [{"automated": {}}, 2], [{"automated": {"prune": true}}, 1], [{"automated": {"prune": true, "selfHeal": true}}, 0], [{"automated": {"enabled": false, "prune": true, "selfHeal": true}}, 1]]
	wrong := [policy |
		some [policy, expected] in cases
		found := rule.deny with input as of(policy)
		count(found) != expected
	]
	wrong == []
}
