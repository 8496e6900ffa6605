package cookie_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
)

// sent returns a request with the cookies that a response has set.
func sent(h http.Header) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	for _, line := range h["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		r.Header.Add("Cookie", pair)
	}
	return r
}

// Plain, signed and JSON cookies, as an Express application reads and writes
// them.
func ExampleJar() {
	jar, err := cookie.NewJar("keyboard cat") // cookieParser('keyboard cat')
	if err != nil {
		panic(err)
	}
	type cart struct {
		Items int `json:"items"`
	}
	h := http.Header{} // of an http.ResponseWriter
	for _, err := range []error{
		jar.Set(h, cookie.Cookie{Name: "theme", Value: "dark"}),
		jar.SetSigned(h, cookie.Cookie{Name: "user", Value: "7", HttpOnly: true, SameSite: http.SameSiteLaxMode}),
		jar.SetJSON(h, cookie.Cookie{Name: "cart"}, cart{Items: 3}),
	} {
		if err != nil {
			panic(err)
		}
	}
	for _, line := range h["Set-Cookie"] {
		fmt.Println(line)
	}

	cookies := jar.Read(sent(h))
	theme, _ := cookies.Plain("theme")
	user, ok := cookies.Signed("user")
	fmt.Println(theme.Text, user.Text, ok)
	var c cart
	v, _ := cookies.Plain("cart")
	fmt.Println(v.Decode(&c), c.Items)
	// Output:
	// theme=dark; Path=/
	// user=s%3A7.5cNYiCKQDvuV4zpMvl3o2%2BKHAUcPQaefYmkyBqgHG4Q; Path=/; HttpOnly; SameSite=Lax
	// cart=j%3A%7B%22items%22%3A3%7D; Path=/
	// dark 7 true
	// <nil> 3
}

// A cookie that nobody but the server can read, and that is worth nothing under
// another name or after 15 minutes.
func ExampleSealer() {
	// Secrets come from the environment: "openssl rand -base64 32".
	sealer, err := cookie.NewSealer("password reset", "m0Jc6hZrE1kQq0bJ8m8xw3oRrJYB0pV0yN8dXo1u4oA=")
	if err != nil {
		panic(err)
	}
	h := http.Header{} // of an http.ResponseWriter
	err = sealer.Set(h, cookie.Cookie{
		Name: "reset", Value: "alice@example.com", MaxAge: new(15 * time.Minute), HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	})
	fmt.Println(err, strings.Contains(h.Get("Set-Cookie"), "alice"))

	text, err := sealer.Get(sent(h), "reset")
	fmt.Println(text, err)
	_, err = sealer.Open("another", sealer.Seal("reset", text, time.Time{}))
	fmt.Println(err)
	// Output:
	// <nil> false
	// alice@example.com <nil>
	// sealed cookie cannot be read
}

// The session of an Express application with cookie-session.
func ExamplePair() {
	pair, err := cookie.NewPair("session", "the first key", "an older key") // keys: [...]
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "session=eyJ2aWV3cyI6MX0=; session.sig=bBIf1eQ1QuoHabGkTO__jTnwQQ4")
	value, state := pair.Find(r.Header["Cookie"])
	fmt.Println(cookie.DecodeDocument(value), state == cookie.PairCurrent)

	h := http.Header{} // of an http.ResponseWriter
	if err := pair.Set(h, cookie.EncodeDocument(`{"views":2}`), cookie.Cookie{HttpOnly: true}); err != nil {
		panic(err)
	}
	for _, line := range h["Set-Cookie"] {
		fmt.Println(line)
	}
	// Output:
	// {"views":1} true
	// session=eyJ2aWV3cyI6Mn0=; path=/; httponly
	// session.sig=0VGaN80GG0AENkQFta3St9-2ebk; path=/; httponly
}
