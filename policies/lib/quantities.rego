# METADATA
# title: Kubernetes quantities
# description: Tells amounts that limit something from those that do not.
package platlint.lib.quantities

# positive holds for a quantity above zero as the API server reads it: a number, or digits with at most one point and one
# of them not zero, then a binary suffix, a decimal suffix or an exponent. White space around it is allowed there, too.
positive(value) if {
	is_number(value)
	value > 0
}

positive(value) if {
	is_string(value)
	regex.match(positive_text, value)
}

positive_text := `^[ \t\r\n]*\+?([0-9]*[1-9][0-9]*\.?[0-9]*|[0-9]*\.[0-9]*[1-9][0-9]*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,3})?[ \t\r\n]*$`
