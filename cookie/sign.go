package cookie

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"hash"
	"strings"
	"sync"
)

// signatureLength is the length of 32 bytes in base64 without padding.
const signatureLength = 43

// ErrNoSecret is returned by [NewSigner] when it is given nothing to sign with.
var ErrNoSecret = errors.New("no secret to sign cookies with")

// Signer signs and verifies values as cookie-signature 1.0.7 does: the value,
// a dot, and the HMAC-SHA256 of the value in base64 without padding. In a
// cookie the whole stands behind "s:" and is percent-encoded, as in
// express-session and cookie-parser.
//
// The signature covers the value only, neither the name nor the attributes of
// the cookie that carries it.
type Signer struct {
	keys []*key
}

// key is one secret with the hash states that are ready to use it: making an
// HMAC from its secret costs more than computing one.
type key struct {
	states sync.Pool // of *state
}

// state is what one signature needs, kept together so that nothing is
// allocated for it.
type state struct {
	mac       hash.Hash
	text      []byte
	sum       [sha256.Size]byte
	signature [signatureLength]byte
}

// NewSigner returns a signer that signs with the first secret and accepts
// signatures by any of them, so that a secret can be replaced while cookies
// signed by the old one are still about. A secret may be any bytes. The error
// is [ErrNoSecret] when there is none or an empty one.
func NewSigner(secrets ...string) (*Signer, error) {
	if len(secrets) == 0 {
		return nil, ErrNoSecret
	}
	s := &Signer{}
	for _, secret := range secrets {
		if secret == "" {
			return nil, ErrNoSecret
		}
		k := &key{}
		k.states.New = func() any {
			return &state{mac: hmac.New(sha256.New, []byte(secret))}
		}
		s.keys = append(s.keys, k)
	}
	return s, nil
}

// Sign returns value, a dot, and the signature of value by the first secret.
func (s *Signer) Sign(value string) string {
	st := s.keys[0].states.Get().(*state)
	defer s.keys[0].states.Put(st)
	st.text = append(st.text[:0], value...)
	signature := st.sign(st.text)
	return value + "." + string(signature)
}

// Verify returns the value of what [Signer.Sign] returned, and whether one of
// the secrets signed it. The last dot separates, so a value may contain dots.
func (s *Signer) Verify(signed string) (value string, ok bool) {
	dot := strings.LastIndexByte(signed, '.')
	if dot < 0 || len(signed)-dot-1 != signatureLength {
		return "", false
	}
	for _, k := range s.keys {
		if k.verify(signed, dot) {
			return signed[:dot], true
		}
	}
	return "", false
}

// AppendCookieValue appends to dst the value of a cookie that carries value
// with its signature: encodeURIComponent("s:" + Sign(value)).
func (s *Signer) AppendCookieValue(dst []byte, value string) []byte {
	st := s.keys[0].states.Get().(*state)
	defer s.keys[0].states.Put(st)
	st.text = append(st.text[:0], value...)
	dst = append(dst, "s%3A"...)
	dst = AppendComponent(dst, value)
	dst = append(dst, '.')
	return appendSignature(dst, st.sign(st.text))
}

// appendSignature appends a signature as encodeURIComponent spells it.
func appendSignature(dst, signature []byte) []byte {
	for _, c := range signature {
		switch c {
		case '+':
			dst = append(dst, "%2B"...)
		case '/':
			dst = append(dst, "%2F"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// VerifyCookieValue returns what a cookie carries whose value, as [Find]
// returned it, was made by [Signer.AppendCookieValue], and whether one of the
// secrets signed it. As in Node, the value may also come without its percent
// encoding. It does not allocate unless the carried value itself is encoded.
func (s *Signer) VerifyCookieValue(raw string) (value string, ok bool) {
	st := s.keys[0].states.Get().(*state)
	defer s.keys[0].states.Put(st)
	if value, ok := st.asMade(raw); ok {
		return value, true
	}
	text, ok := appendDecoded(st.text[:0], raw)
	if !ok { // Node keeps what it cannot decode as it is
		text = append(text[:0], raw...)
	}
	st.text = text
	if len(text) < 2 || text[0] != 's' || text[1] != ':' {
		return "", false
	}
	text = text[2:]
	dot := bytes.LastIndexByte(text, '.')
	if dot < 0 || len(text)-dot-1 != signatureLength {
		return "", false
	}
	if !equal(st.sign(text[:dot]), text[dot+1:]) && !s.verifyByOlder(string(text), dot) {
		return "", false
	}
	return original(raw, text[:dot]), true
}

// asMade verifies a cookie's value that is spelled as AppendCookieValue spells
// it: nearly every one. It saves decoding it, and any other is for the caller.
func (st *state) asMade(raw string) (value string, ok bool) {
	rest, ok := strings.CutPrefix(raw, "s%3A")
	if !ok {
		return "", false
	}
	dot := strings.LastIndexByte(rest, '.')
	if dot < 0 || len(rest)-dot > 1+3*signatureLength || needsEscape(rest[:dot]) {
		return "", false
	}
	st.text = append(st.text[:0], rest[:dot]...)
	return rest[:dot], equalEscaped(st.sign(st.text), rest[dot+1:])
}

// verifyByOlder reports whether a secret other than the first signed the text.
func (s *Signer) verifyByOlder(signed string, dot int) bool {
	for _, k := range s.keys[1:] {
		if k.verify(signed, dot) {
			return true
		}
	}
	return false
}

func (k *key) verify(signed string, dot int) bool {
	st := k.states.Get().(*state)
	defer k.states.Put(st)
	st.text = append(st.text[:0], signed...)
	return equal(st.sign(st.text[:dot]), st.text[dot+1:])
}

// sign returns the signature of text, valid until the next call.
func (st *state) sign(text []byte) []byte {
	st.mac.Reset()
	st.mac.Write(text)
	base64.RawStdEncoding.Encode(st.signature[:], st.mac.Sum(st.sum[:0]))
	return st.signature[:]
}

// equal compares signatures as text, in constant time. Comparing the decoded
// bytes would accept texts that differ in the unused bits of the last
// character, which Node does not.
func equal(a, b []byte) bool {
	return subtle.ConstantTimeCompare(a, b) == 1
}

// equalEscaped is equal for a text as appendSignature spells it. How long it takes
// depends on the text, which its sender knows, and not on the signature.
func equalEscaped(signature []byte, text string) bool {
	var difference byte
	for _, want := range signature {
		if text == "" {
			return false
		}
		got := text[0]
		switch {
		case got != '%':
			text = text[1:]
		case strings.HasPrefix(text, "%2B"):
			got, text = '+', text[3:]
		case strings.HasPrefix(text, "%2F"):
			got, text = '/', text[3:]
		default:
			return false
		}
		difference |= got ^ want
	}
	return text == "" && subtle.ConstantTimeByteEq(difference, 0) == 1
}

// original returns value as a part of raw where it stands there unencoded,
// which saves a copy, and as a new string otherwise.
func original(raw string, value []byte) string {
	rest, ok := strings.CutPrefix(raw, "s%3A")
	if !ok {
		rest, ok = strings.CutPrefix(raw, "s:")
	}
	if ok && len(rest) >= len(value) && rest[:len(value)] == string(value) {
		return rest[:len(value)]
	}
	return string(value)
}
