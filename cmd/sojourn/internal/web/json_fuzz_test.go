package web

import "testing"

func FuzzQuality(f *testing.F) {
	for _, accept := range []string{
		"", "application/json", "text/html, application/json;q=0.9", "application/json;q=NaN", "application/json;q=-1", "application/json;q=1e9",
		"application/json;q=Inf", ",,;;,", `application/json;q="0.5"`, "application/json;q=0x1p-2",
	} {
		f.Add(accept)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		if q := quality(accept, "application/json"); !(q >= 0 && q <= 1) {
			t.Errorf("%q: %v", accept, q)
		}
	})
}
