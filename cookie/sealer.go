package cookie

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sojourn-dev/sojourn/internal/xaes"
)

// Sealer makes cookies that only those who have its secrets can read or change.
// Each is bound to its name and to a purpose, so that it is of no use in another
// place, and holds the instant from which it counts no more, whatever the
// browser, or whoever has it, does with it.
//
// The cipher is XAES-256-GCM: AES-256-GCM with another key for each cookie,
// derived from 192 random bits. The value is base64url of
//
//	24 random bytes, AES-256-GCM of (8 bytes: milliseconds since 1970, 0 is never; the text), 16 bytes of tag
//
// with "sojourn: sealed cookie, version 1", a zero byte, the name, a zero byte
// and the purpose as associated data. The key is HKDF-SHA256 (RFC 5869) of the
// secret. So the value has four thirds of the text's bytes, and 64 more. Its
// length shows how long the text is.
//
// What has been sealed can be sent again, by whoever has a copy, until it
// expires: a Sealer keeps no list of what has been taken back.
type Sealer struct {
	purpose string
	ciphers []*xaes.Cipher // by secret; the first seals, all open
}

// The errors of reading a sealed cookie. That there is no cookie is
// [http.ErrNoCookie].
var (
	// ErrUnreadable: no secret of this sealer has sealed the value for that
	// name and purpose.
	ErrUnreadable = errors.New("sealed cookie cannot be read")
	// ErrExpired: the value was good until it expired.
	ErrExpired = errors.New("sealed cookie has expired")
	// ErrShortSecret: a secret has fewer than 16 bytes, so what it encrypts
	// can be read by trying.
	ErrShortSecret = errors.New("secret is too short to encrypt with")
)

const (
	minSealingSecret = 16
	expiryLength     = 8
)

var sealedBase64 = base64.RawURLEncoding.Strict()

// NewSealer returns a sealer that seals with the first secret and opens with
// any. A secret is replaced in three steps, each complete on all machines before
// the next begins: add the new one behind the old, put it in front, drop the old
// one when nothing that it has sealed is wanted any more. The purpose is any
// text that tells this use from others of the same secrets; those that begin with
// "sojourn: " are this repository's. Secrets have 16
// bytes at least, otherwise the error is [ErrNoSecret] or [ErrShortSecret]; 32
// random bytes in base64 are right ("openssl rand -base64 32").
func NewSealer(purpose string, secrets ...string) (*Sealer, error) {
	s := &Sealer{purpose: purpose}
	for _, secret := range secrets {
		if len(secret) < minSealingSecret {
			return nil, ErrShortSecret
		}
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, "sojourn: key of sealed cookies", xaes.KeySize)
		if err != nil {
			return nil, fmt.Errorf("deriving a key: %w", err)
		}
		c, err := xaes.New(key)
		if err != nil {
			return nil, fmt.Errorf("deriving a key: %w", err)
		}
		s.ciphers = append(s.ciphers, c)
	}
	if len(s.ciphers) == 0 {
		return nil, ErrNoSecret
	}
	return s, nil
}

func (s *Sealer) associated(name string) []byte {
	const label = "sojourn: sealed cookie, version 1\x00"
	b := make([]byte, 0, len(label)+len(name)+1+len(s.purpose))
	b = append(append(b, label...), name...)
	return append(append(b, 0), s.purpose...)
}

// Seal returns the value of the cookie called name that holds text until
// expires. The zero time is for ever.
func (s *Sealer) Seal(name, text string, expires time.Time) string {
	var ms uint64
	if !expires.IsZero() {
		ms = uint64(max(1, expires.UnixMilli()))
	}
	message := binary.BigEndian.AppendUint64(make([]byte, 0, expiryLength+len(text)), ms)
	message = append(message, text...)
	sealed := make([]byte, 0, len(message)+xaes.Overhead)
	sealed = s.ciphers[0].Seal(sealed, message, s.associated(name))
	return sealedBase64.EncodeToString(sealed)
}

// Opened is what a sealed cookie holds.
type Opened struct {
	// Text is what was sealed.
	Text string
	// Expires is the instant from which it counts no more, zero for never.
	Expires time.Time
	// Older tells that a secret other than the first has sealed it.
	Older bool
}

// Open returns what was sealed into the value of the cookie called name. The
// error is [ErrUnreadable] or [ErrExpired], with a zero Opened.
func (s *Sealer) Open(name, value string) (Opened, error) {
	if len(value) > MaxSize {
		return Opened{}, ErrUnreadable // no cookie of ours
	}
	sealed, err := sealedBase64.DecodeString(value)
	if err != nil {
		return Opened{}, ErrUnreadable
	}
	associated := s.associated(name)
	for i, c := range s.ciphers {
		message, err := c.Open(nil, sealed, associated)
		if err != nil || len(message) < expiryLength {
			continue
		}
		o := Opened{Text: string(message[expiryLength:]), Older: i > 0}
		if ms := binary.BigEndian.Uint64(message); ms != 0 {
			o.Expires = time.UnixMilli(int64(ms))
			if !time.Now().Before(o.Expires) {
				return Opened{}, ErrExpired
			}
		}
		return o, nil
	}
	return Opened{}, ErrUnreadable
}

// Set adds a cookie to the header of a response whose value is sealed until it
// expires by its own MaxAge or Expires. Without either it ends with the browser
// there, but a copy of it is good for ever. Otherwise it is like [Jar.Set]. The
// error wraps [ErrInvalid] or [ErrTooLarge], and nothing was added then.
func (s *Sealer) Set(h http.Header, c Cookie) error {
	expires := c.Expires
	if c.MaxAge != nil {
		expires = time.Now().Add(*c.MaxAge)
	}
	c.Value, c.Encode = s.Seal(c.Name, c.Value, expires), nil
	return new(Jar).Set(h, c)
}

// Get returns what the request's cookie called name holds. The error is
// [http.ErrNoCookie], [ErrUnreadable] or [ErrExpired]. A program that cannot go
// on without the cookie treats them alike.
func (s *Sealer) Get(r *http.Request, name string) (text string, err error) {
	value, ok := Find(r.Header["Cookie"], name)
	if !ok {
		return "", http.ErrNoCookie
	}
	o, err := s.Open(name, value)
	return o.Text, err
}
