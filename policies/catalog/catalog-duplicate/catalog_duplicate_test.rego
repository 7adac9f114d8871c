package platlint.catalog.catalog_duplicate_test

import data.platlint.catalog.catalog_duplicate as rule

test_names_the_first_place if {
	first := {"file": "a.yaml", "document": 0, "at": [], "path": ["metadata", "name"]}
	note := {"path": ["metadata", "name"], "ref": "system:default/shop", "file": "a.yaml", "related": [first]}
	found := rule.deny with input as {"platform": {"problems": {"duplicate-entity": [note]}, "unknown": {}}, "parameters": {}}
	found == {{
		"msg": "system:default/shop is defined more than once, first in a.yaml",
		"path": ["metadata", "name"],
		"related": [first],
	}}
}

test_says_nothing_of_nothing if {
	found := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	found == set()
}
