package cookie

import (
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/sojourn-dev/sojourn/internal/stringify"
)

// Jar reads and writes the cookies of an application, byte for byte as an
// Express 5 application with cookie-parser 1.4.7 does:
//
//	app.use(cookieParser(secrets))          jar, err := cookie.NewJar(secrets...)
//	req.cookies.theme                       jar.Read(r).Plain("theme")
//	req.signedCookies.user                  jar.Read(r).Signed("user")
//	res.cookie('theme', 'dark', options)    jar.Set(w.Header(), cookie.Cookie{Name: "theme", Value: "dark"})
//	res.cookie('user', id, {signed: true})  jar.SetSigned(w.Header(), c)
//	res.cookie('cart', {items: 3})          jar.SetJSON(w.Header(), c, cart)
//	res.clearCookie('theme')                jar.Clear(w.Header(), cookie.Cookie{Name: "theme"})
//
// A signature covers the value only: neither the name, so that a value signed
// for one cookie is as good in another, nor the time. Where that matters, a
// [Sealer] binds a cookie to its name and purpose and seals its expiry in.
//
// The zero Jar has no secret. It reads and writes all but signed cookies.
type Jar struct {
	signer *Signer // nil without secrets
}

// NewJar returns a jar that signs with the first secret and accepts signatures
// by any of them. Without secrets it is the zero Jar. The error is
// [ErrNoSecret] when one is empty.
func NewJar(secrets ...string) (*Jar, error) {
	if len(secrets) == 0 {
		return &Jar{}, nil
	}
	signer, err := NewSigner(secrets...)
	if err != nil {
		return nil, err
	}
	return &Jar{signer}, nil
}

// Set adds a cookie to the header of a response, as res.cookie does: an empty
// Path is "/", and a MaxAge determines Expires too. The error wraps
// [ErrInvalid] or [ErrTooLarge], and nothing was added then.
func (j *Jar) Set(h http.Header, c Cookie) error {
	if c.Path == "" {
		c.Path = "/"
	}
	if c.MaxAge != nil {
		c.Expires = time.Now().Add(*c.MaxAge)
	}
	if !utf8.ValidString(c.Value) {
		return fmt.Errorf("%w: the value of %q is not UTF-8", ErrInvalid, c.Name)
	}
	if err := c.Validate(); err != nil {
		return err
	}
	line := c.String()
	if err := CheckSize(line); err != nil {
		return fmt.Errorf("setting %q: %w", c.Name, err)
	}
	h.Add("Set-Cookie", line)
	return nil
}

// SetSigned is [Jar.Set] for a cookie whose value is signed, as res.cookie does
// it with the option signed. Without secrets the error is [ErrNoSecret].
func (j *Jar) SetSigned(h http.Header, c Cookie) error {
	if j.signer == nil {
		return ErrNoSecret
	}
	c.Value = "s:" + j.signer.Sign(c.Value)
	return j.Set(h, c)
}

// SetJSON is [Jar.Set] for a cookie that holds v in place of c's value, as JSON
// spelled like JSON.stringify's. cookie-parser reads objects, arrays, non-empty
// strings, true and numbers but 0 back; what is false in JavaScript it leaves as
// text.
func (j *Jar) SetJSON(h http.Header, c Cookie, v any) (err error) {
	if c.Value, err = jsonValue(c.Name, v); err != nil {
		return err
	}
	return j.Set(h, c)
}

// SetSignedJSON is both [Jar.SetSigned] and [Jar.SetJSON].
func (j *Jar) SetSignedJSON(h http.Header, c Cookie, v any) (err error) {
	if c.Value, err = jsonValue(c.Name, v); err != nil {
		return err
	}
	return j.SetSigned(h, c)
}

func jsonValue(name string, v any) (string, error) {
	text, err := stringify.Value(v)
	if err != nil { // which may repeat the value
		return "", fmt.Errorf("%w: what %q is to hold cannot be written as JSON", ErrInvalid, name)
	}
	return "j:" + text, nil
}

// Clear makes the browser drop a cookie, as res.clearCookie does. Name, Path
// and Domain must be those that the cookie was set with. Value, MaxAge and
// Expires are passed over.
func (j *Jar) Clear(h http.Header, c Cookie) error {
	c.Value, c.MaxAge = "", nil
	c.Expires = time.UnixMilli(1)
	return j.Set(h, c)
}
