package platlint.gitops.appset_missing_key_test

import data.platlint.gitops.appset_missing_key as rule

test_only_go_templates_need_the_option if {
	cases := [[{"goTemplate": true}, 1], [{"goTemplate": true, "goTemplateOptions": ["missingkey=zero"]}, 1], [{"goTemplate": true, "goTemplateOptions": "missingkey=error"}, 1], [{"goTemplate": true, "goTemplateOptions": ["missingkey=error"]}, 0], [{"goTemplate": false}, 0], [{}, 0]]
	wrong := [spec |
		some [spec, expected] in cases
		found := rule.deny with input as {"review": {"object": {"spec": spec}}}
		count(found) != expected
	]
	wrong == []
}
