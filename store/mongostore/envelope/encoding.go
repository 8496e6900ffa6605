package envelope

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Encoding is how bytes become text: encodeas of kruptein, encoding of the
// WebCrypto adapter. The zero Encoding is the format's default.
type Encoding int

const (
	// DefaultEncoding is hex for [ConnectMongo3] and base64 for all others.
	DefaultEncoding Encoding = iota
	// Base64 is that of RFC 4648, section 4, with padding.
	Base64
	// Base64URL is that of RFC 4648, section 5, without padding, as Node writes it.
	Base64URL
	// Hex has lower-case digits.
	Hex
)

func (e Encoding) encode(data []byte) string {
	switch e {
	case Hex:
		return hex.EncodeToString(data)
	case Base64URL:
		return base64.RawURLEncoding.EncodeToString(data)
	}
	return base64.StdEncoding.EncodeToString(data)
}

// decode takes whatever one of the encodings writes, and nothing else. Texts that
// two of them could have written are taken for hex, which for the random bytes of
// an envelope is right, or for base64 of either alphabet, which is the same.
func decode(text string) (data []byte, ok bool) {
	if len(text) == 0 || strings.ContainsAny(text, "\r\n") {
		return nil, false // the decoders of base64 pass over line breaks
	}
	encoding := base64.StdEncoding
	switch {
	case len(text)%2 == 0 && isHex(text):
		data, err := hex.DecodeString(text)
		return data, err == nil
	case len(text)%4 != 0 || strings.ContainsAny(text, "-_"):
		encoding = base64.RawURLEncoding
	}
	data, err := encoding.Strict().DecodeString(text)
	return data, err == nil
}

func isHex(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || '9' < c) && (c < 'a' || 'f' < c) {
			return false
		}
	}
	return true
}
