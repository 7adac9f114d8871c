# METADATA
# title: Findings made of phrases
# description: |
#   Makes a finding of a note of a reader and a message. What the note holds for a finding is handed on: the part of the
#   field that is meant, other places, and what may have been meant instead.
package platlint.lib.phrased

# finding is the note as a finding with this message.
finding(problem, message) := found if {
	hints = [hint |
		some key in ["suggestion"]
		meant = problem[key]
		hint = sprintf("; did you mean \"%s\"?", [meant])
	]
	passed_on = {key: value |
		some key in ["text", "related"]
		value = problem[key]
	}
	whole = concat("", [message, concat("", hints)])
	found = object.union({"msg": whole, "path": problem.path}, passed_on)
}
