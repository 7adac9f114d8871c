package platlint.catalog.catalog_cycle_test

import data.platlint.catalog.catalog_cycle as rule

test_shows_the_whole_circle if {
	other := {"file": "b.yaml", "document": 0, "at": [], "path": ["spec", "x"]}
	note := {"path": ["spec", "x"], "entities": ["a:b/c", "a:b/d", "a:b/c"], "relation": "x", "related": [other]}
	found := rule.deny with input as {"platform": {"problems": {"entity-cycle": [note]}, "unknown": {}}, "parameters": {}}
	found == {{"msg": "this closes a circle: a:b/c -> a:b/d -> a:b/c", "path": ["spec", "x"], "related": [other]}}
}

test_says_nothing_of_nothing if {
	found := rule.deny with input as {"platform": {"problems": {}, "unknown": {}}, "parameters": {}}
	found == set()
}
