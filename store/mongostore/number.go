package mongostore

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// maxSafe is the integer above which numbers of JavaScript have gaps.
const maxSafe = 1 << 53

var errNumber = errors.New("a number has more digits than a document keeps; a string keeps them")

// number returns a number of JSON as Node's driver stores it: an int32 if it is one, and
// otherwise a double. An integer that is exact as an int64 only is one. What would
// become another number is an error.
func number(text string) (bson.RawValue, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
		switch {
		case n >= math.MinInt32 && n <= math.MaxInt32:
			return marshal(bson.TypeInt32, int32(n))
		case n > maxSafe || n < -maxSafe:
			return marshal(bson.TypeInt64, n)
		}
		return marshal(bson.TypeDouble, float64(n))
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || decimal(text) != decimal(strconv.FormatFloat(f, 'e', -1, 64)) {
		return bson.RawValue{}, errNumber
	}
	if f == math.Trunc(f) && f >= math.MinInt32 && f <= math.MaxInt32 && !(f == 0 && math.Signbit(f)) {
		return marshal(bson.TypeInt32, int32(f))
	}
	return marshal(bson.TypeDouble, f)
}

// decimal returns a form of a number of JSON that numbers have in common if they are
// equal: the digits that count, and an exponent.
func decimal(text string) string {
	text, negative := strings.CutPrefix(text, "-")
	mantissa, exp, _ := strings.Cut(strings.ToLower(text), "e")
	e := 0
	if exp != "" {
		var err error
		if e, err = strconv.Atoi(exp); err != nil {
			return "?" + text // no float has such an exponent
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	e -= len(fraction)
	short := strings.TrimRight(digits, "0")
	if short == "" {
		e = 0
	} else {
		e += len(digits) - len(short)
	}
	return fmt.Sprintf("%t %s %d", negative, short, e)
}

// appendFloat appends a number as JSON.stringify writes it, but for -0. What is no
// number is null there.
func appendFloat(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(b, "null"...)
	}
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		b = strconv.AppendFloat(b, f, 'e', -1, 64)
		// Go writes at least two digits: 1e-07.
		if n := len(b); n >= 4 && b[n-2] == '0' && (b[n-3] == '-' || b[n-3] == '+') {
			b = append(b[:n-2], b[n-1])
		}
		return b
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}
