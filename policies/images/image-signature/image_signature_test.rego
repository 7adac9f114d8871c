package platlint.images.image_signature_test

import data.platlint.images.image_signature

with_signature(known) := {"images": [object.union(
	{"path": ["spec", "containers", 0, "image"], "container": "app", "type": "container", "value": "web:1.4"},
	known,
)]}

test_passes_a_verified_image if {
	made := with_signature({"signature": {"status": "verified"}})
	count(image_signature.deny) == 0 with input as made
	count(image_signature.undecided) == 0 with input as made
}

test_denies_an_unsigned_image if {
	made := with_signature({"signature": {"status": "unsigned"}})
	image_signature.deny == {{
		"msg": "container \"app\": image \"web:1.4\" carries no signature of a trusted authority",
		"path": ["spec", "containers", 0, "image"],
	}} with input as made
	count(image_signature.undecided) == 0 with input as made
}

test_denies_an_invalid_signature_and_says_why if {
	made := with_signature({"signature": {"status": "invalid", "reason": "it was made for another digest"}})
	found := image_signature.deny with input as made
	{f.msg | some f in found} == {"container \"app\": image \"web:1.4\" carries a signature that does not hold: it was made for another digest"}
}

test_says_whom_it_expected if {
	known := {"status": "unsigned", "expected": ["release", "platform"], "reason": "the registry has none"}
	found := image_signature.deny with input as with_signature({"signature": known})
	{f.msg | some f in found} == {concat("", [
		"container \"app\": image \"web:1.4\" carries no signature of a trusted authority (release, platform): ",
		"the registry has none",
	])}
}

test_odd_facts_do_not_hide_a_finding if {
	odd := [{"expected": "release"}, {"expected": []}, {"expected": [7, null]}, {"expected": {"a": "b"}}, {"reason": 7}]
	wrong := [known |
		some known in odd
		denied := image_signature.deny with input as with_signature({"signature": object.union({"status": "invalid"}, known)})
		{f.msg | some f in denied} != {"container \"app\": image \"web:1.4\" carries a signature that does not hold"}
	]
	wrong == []
}

# Nothing but the word itself passes.
test_only_verified_passes if {
	others := ["", "VERIFIED", "verified ", "true", true, 1, ["verified"], {"verified": true}, "unsigned", "invalid", "unknown"]
	passed := [status |
		some status in others
		denied := image_signature.deny with input as with_signature({"signature": {"status": status}})
		found := image_signature.undecided with input as with_signature({"signature": {"status": status}})
		count(denied) + count(found) != 1
	]
	passed == []
}

test_each_image_is_judged_by_itself if {
	images := [entry |
		some index, status in ["verified", "unsigned", "unknown", "invalid"]
		entry := {
			"path": ["spec", "templates", index, "image"], "type": "field", "value": "web:1.4",
			"signature": {"status": status},
		}
	]
	denied := image_signature.deny with input as {"images": images}
	{f.path[2] | some f in denied} == {1, 3}
	found := image_signature.undecided with input as {"images": images}
	{f.path[2] | some f in found} == {2}
}

test_is_undecided_while_nothing_is_known if {
	unknown := [
		{}, {"signature": null}, {"signature": {}}, {"signature": {"status": null}}, {"signature": {"status": "unknown"}},
		{"signature": {"status": "Verified"}}, {"signature": {"status": "unknown", "reason": null}},
	]
	wrong := [known |
		some known in unknown
		denied := image_signature.deny with input as with_signature(known)
		found := image_signature.undecided with input as with_signature(known)
		[count(denied), {u.reason | some u in found}] != [0, {"container \"app\": the signature of image \"web:1.4\" is not known"}]
	]
	wrong == []
}

test_is_undecided_with_a_reason if {
	made := with_signature({"signature": {"status": "unknown", "reason": "offline"}})
	found := image_signature.undecided with input as made
	{u.reason | some u in found} == {"container \"app\": the signature of image \"web:1.4\" is not known: offline"}
}

test_objects_without_images_are_not_judged if {
	count(image_signature.undecided) == 0 with input as {"images": []}
}
