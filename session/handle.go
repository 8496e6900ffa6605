package session

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// handles make names of sessions that may be shown.
type handles struct{ keys [][]byte }

func newHandles(secrets []string) (handles, error) {
	var h handles
	for _, secret := range secrets {
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, "sojourn: session handle", sha256.Size)
		if err != nil {
			return handles{}, fmt.Errorf("deriving a key: %w", err)
		}
		h.keys = append(h.keys, key)
	}
	return h, nil
}

// of returns the handle of the session that is kept under an id.
func (h handles) of(id string) string { return handle(h.keys[0], id) }

// match reports whether a handle, which may have been made by a process whose
// secrets are in another order, is that of the session kept under id.
func (h handles) match(shown, id string) bool {
	for _, key := range h.keys {
		if hmac.Equal([]byte(shown), []byte(handle(key, id))) {
			return true
		}
	}
	return false
}

func handle(key []byte, id string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
