package cookie

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
)

// Keygrip signs and verifies as keygrip 1.1.0 does by default: HMAC-SHA1 in
// base64url without padding. HMAC does not suffer from what is wrong with SHA-1
// (RFC 6194, section 3.3); it is here to be read by Node, and [Signer] and
// [Sealer] are for everything else.
type Keygrip struct{ keys []string }

// NewKeygrip returns a Keygrip that signs with the first key and accepts
// signatures by any of them. The error is [ErrNoSecret] when there is none or
// an empty one.
func NewKeygrip(keys ...string) (*Keygrip, error) {
	if len(keys) == 0 {
		return nil, ErrNoSecret
	}
	k := &Keygrip{}
	for _, key := range keys {
		if key == "" {
			return nil, ErrNoSecret
		}
		k.keys = append(k.keys, key)
	}
	return k, nil
}

// Sign returns the signature of data by the first key.
func (k *Keygrip) Sign(data string) string { return keygrip(k.keys[0], data) }

// Index returns the index of the key that made the signature of data, -1 if
// none has.
func (k *Keygrip) Index(data, signature string) int {
	for i, key := range k.keys {
		if subtle.ConstantTimeCompare([]byte(keygrip(key, data)), []byte(signature)) == 1 {
			return i
		}
	}
	return -1
}

func keygrip(key, data string) string {
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write([]byte(data))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
