# METADATA
# title: Kubernetes quantities
# description: Tells amounts that limit something from those that do not, and compares amounts.
package platlint.lib.quantities

# positive holds for a quantity above zero as the API server reads it: a number, or digits with at most one point and one
# of them not zero, then a binary suffix, a decimal suffix or an exponent. White space around it is allowed there, too.
positive(value) if {
	is_number(value)
	value > 0
}

# Digits that do not begin with zero, as nearly all amounts are written: regular expressions are dear.
positive(value) if {
	is_string(value)
	unit = trim_left(value, "0123456789")
	plain_units[unit]
	unit != value
	not startswith(value, "0")
}

positive(value) if {
	is_string(value)
	regex.match(positive_text, value)
}

plain_units := {"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}

positive_text := `^[ \t\r\n]*\+?([0-9]*[1-9][0-9]*\.?[0-9]*|[0-9]*\.[0-9]*[1-9][0-9]*)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,3})?[ \t\r\n]*$`

# larger and smaller are the one of two quantities that is above or below the other, as it is written; the first one
# where they are equal. Both are undefined where a quantity is not known to the thousandth: see thousandths.
larger(first, second) := value if {
	a = thousandths(first)
	b = thousandths(second)
	highest = max([a, b])
	values = [written |
		some [number, written] in [[a, first], [b, second]]
		number == highest
	]
	value = values[0]
}

smaller(first, second) := value if {
	a = thousandths(first)
	b = thousandths(second)
	lowest = min([a, b])
	values = [written |
		some [number, written] in [[a, first], [b, second]]
		number == lowest
	]
	value = values[0]
}

# thousandths is a quantity, zero or more, as a whole number of thousandths: all three engines reckon with those exactly.
# It is undefined for what is no quantity, for finer and for very large ones (from about 10^15, or 100Ti), and for
# those with an exponent.
thousandths(value) := number if {
	numbers = array.concat(of_text(value), of_number(value))
	number = numbers[0]
}

of_text(value) := numbers if {
	numbers = [number |
		some text in [value]
		is_string(text)
		regex.match(`[0-9]`, text)
		some parts in regex.find_all_string_submatch_n(plain_text, text, 1)
		unit = units[parts[3]]
		exponent = unit.exponent - count(parts[2])
		exponent >= 0
		digits = trim_left(concat("", [parts[1], parts[2]]), "0")
		(count(digits) + exponent) + unit.width <= 18
		written = [candidate | some candidate in [digits, "0"]; candidate != ""]
		number = (to_number(written[0]) * unit.factor) * powers[exponent]
	]
}

of_number(value) := numbers if {
	numbers = [number |
		some amount in [value]
		is_number(amount)
		amount >= 0
		amount < 1000000000000
		number = round(amount * 1000)

		# Fractions of two are not fractions of ten: 0.1 is not quite 0.1.
		abs((amount * 1000) - number) < 0.000001
	]
}

# Digits before and after the point, without zeros at their ends, and the unit.
plain_text := `^[ \t\r\n]*\+?0*([0-9]*)(?:\.([0-9]*?)0*)?([KMGT]i|[mkMGT])?[ \t\r\n]*$`

# What one of each unit is in thousandths: factor times ten to the exponent. The width is the factor's number of digits.
units := {
	"": {"exponent": 3, "factor": 1, "width": 1},
	"m": {"exponent": 0, "factor": 1, "width": 1},
	"k": {"exponent": 6, "factor": 1, "width": 1},
	"M": {"exponent": 9, "factor": 1, "width": 1},
	"G": {"exponent": 12, "factor": 1, "width": 1},
	"T": {"exponent": 15, "factor": 1, "width": 1},
	"Ki": {"exponent": 3, "factor": 1024, "width": 4},
	"Mi": {"exponent": 3, "factor": 1048576, "width": 7},
	"Gi": {"exponent": 3, "factor": 1073741824, "width": 10},
	"Ti": {"exponent": 3, "factor": 1099511627776, "width": 13},
}

powers := [
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
	10000000000000, 100000000000000, 1000000000000000,
]
