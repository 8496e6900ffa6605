package cookie_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
)

func TestCookieString(t *testing.T) {
	t.Parallel()
	expires := time.Date(2026, 11, 21, 4, 57, 17, 999e6, time.FixedZone("", 3600))
	tests := []struct {
		cookie cookie.Cookie
		want   string
	}{
		{cookie.Cookie{Name: "n"}, "n="},
		{cookie.Cookie{Name: "n", Value: "a b;"}, "n=a%20b%3B"},
		{cookie.Cookie{Name: "n", Path: "/", HttpOnly: true}, "n=; Path=/; HttpOnly"},
		{cookie.Cookie{Name: "n", SameSite: http.SameSiteDefaultMode}, "n="},
		{cookie.Cookie{Name: "n", SameSite: http.SameSiteLaxMode}, "n=; SameSite=Lax"},
		{cookie.Cookie{Name: "n", SameSite: http.SameSiteStrictMode}, "n=; SameSite=Strict"},
		{cookie.Cookie{Name: "n", Priority: cookie.PriorityLow}, "n=; Priority=Low"},
		{cookie.Cookie{Name: "n", Priority: cookie.PriorityMedium}, "n=; Priority=Medium"},
		{cookie.Cookie{Name: "n", Expires: time.Unix(0, 0)}, "n=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"},
		// The full example of express-session 1.19.0.
		{cookie.Cookie{
			Name: "connect.sid", Value: "s:x", Domain: ".example.com", Path: "/", Expires: expires, HttpOnly: true,
			Secure: true, Partitioned: true, Priority: cookie.PriorityHigh, SameSite: http.SameSiteNoneMode,
		}, "connect.sid=s%3Ax; Domain=.example.com; Path=/; Expires=Sat, 21 Nov 2026 03:57:17 GMT; " +
			"HttpOnly; Secure; Partitioned; Priority=High; SameSite=None"},
	}
	for _, tt := range tests {
		if got := tt.cookie.String(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
		if err := tt.cookie.Validate(); err != nil {
			t.Errorf("%s: %v", tt.want, err)
		}
	}
}

func TestCookieValidate(t *testing.T) {
	t.Parallel()
	for _, domain := range []string{"a", "a.b", ".a.b", "A-1.example", strings.Repeat("a", 63) + ".b", "localhost", "127.0.0.1"} {
		if err := (cookie.Cookie{Name: "n", Domain: domain}).Validate(); err != nil {
			t.Errorf("domain %q: %v", domain, err)
		}
	}
	bad := []cookie.Cookie{
		{},
		{Name: "a b"}, {Name: "a=b"}, {Name: "a;b"}, {Name: "é"}, {Name: "a\n"}, {Name: "a,b"},
		{Name: "n", Domain: "a..b"}, {Name: "n", Domain: "."}, {Name: "n", Domain: "a_b"}, {Name: "n", Domain: "-a"},
		{Name: "n", Domain: "a-"}, {Name: "n", Domain: "::1"}, {Name: "n", Domain: strings.Repeat("a", 64)},
		{Name: "n", Path: "/a;b"}, {Name: "n", Path: "/\n"}, {Name: "n", Path: "/é"},
		{Name: "n", Priority: 9}, {Name: "n", SameSite: 9}, {Name: "n", SameSite: -1},
	}
	for _, c := range bad {
		if err := c.Validate(); !errors.Is(err, cookie.ErrInvalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func Example() {
	signer, err := cookie.NewSigner("keyboard cat")
	if err != nil {
		panic(err)
	}
	c := cookie.Cookie{Name: "fruit", Value: "s:" + signer.Sign("apple"), Path: "/", HttpOnly: true}
	fmt.Println(c)

	raw, _ := cookie.Find([]string{"theme=dark; fruit=s%3Aapple.D8Y%2BpkTAmeR0PobOhY4G97PRW%2Bj7bUnP%2F5m6%2FOn1MCU"}, "fruit")
	fmt.Println(signer.VerifyCookieValue(raw))
	// Output:
	// fruit=s%3Aapple.D8Y%2BpkTAmeR0PobOhY4G97PRW%2Bj7bUnP%2F5m6%2FOn1MCU; Path=/; HttpOnly
	// apple true
}
