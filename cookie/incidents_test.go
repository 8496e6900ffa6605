package cookie_test

import (
	"testing"

	"github.com/sojourn-dev/sojourn/cookie"
)

// CVE-2022-31629 (PHP), CVE-2023-23934 (Werkzeug), CVE-2020-8184 (Rack): what a
// server takes for the name of a __Host- cookie although the browser did not, a
// subdomain can set. Names are compared byte for byte.
func TestPrefixIsNotForged_CVE_2022_31629(t *testing.T) {
	t.Parallel()
	const name = "__Host-sid"
	for _, header := range []string{
		"__host-sid=x", "__HOST-sid=x", "__Host_sid=x", "..Host-sid=x", "__Host-sid[]=x", "__Host-sid[0]=x", "__Host.sid=x",
		"%5f%5fHost-sid=x", "__Host-%73id=x", "=__Host-sid=x", "= __Host-sid=x", "==__Host-sid=x", `"__Host-sid"=x`,
		"\u00a0__Host-sid=x", "__Host-sid\u00a0=x", "\u2028__Host-sid=x", "\u3000__Host-sid=x", "\ufeff__Host-sid=x",
		"\u0085__Host-sid=x", "\x85__Host-sid=x", "\xa0__Host-sid=x", "\v__Host-sid=x", "\f__Host-sid=x", "\x00__Host-sid=x",
		"__Host-sid\x00=x", "\x7f__Host-sid=x", "+__Host-sid=x", "a=b,__Host-sid=x", "a=\"b; __Host-sid=x", "a=\"; __Host-sid=x\"",
		`$Version=1; $Path="/"; $Domain=.example; a="__Host-sid=x"`, "__Host-sid:=x", "__Host-sid", "__Host-sid;=x", "a=1&__Host-sid=x",
	} {
		got, ok := cookie.Find([]string{header}, name)
		// A cookie header has no quoting (RFC 6265, section 5.4): to the
		// browser these two hold a cookie of just that name.
		legal := header == "a=\"b; __Host-sid=x" || header == "a=\"; __Host-sid=x\""
		if ok != legal {
			t.Errorf("%q: %q, %t", header, got, ok)
		}
	}
}
