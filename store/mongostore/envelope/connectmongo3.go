package envelope

import (
	"crypto/hmac"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

const (
	rounds3  = 10000
	derived3 = 64 // bytes, of which the key is the first digits in hex
	salt3    = 16 // the first digits of the secret's hash
	ivSize3  = 16 // bytes; their digits are the IV
)

// fields3 are the members of connect-mongo 3's object, in its order. All are hex but
// the tag, a Buffer as JSON.stringify shows one.
type fields3 struct {
	HMAC string  `json:"hmac"`
	CT   string  `json:"ct"`
	AT   buffer3 `json:"at"`
	AAD  string  `json:"aad"`
	IV   string  `json:"iv"`
}

type buffer3 struct {
	Type string `json:"type"`
	Data []int  `json:"data"` // as bytes they would be base64
}

// connectMongo3 is an envelope of connect-mongo 3, decoded.
type connectMongo3 struct {
	fields3
	digest               digest
	mac, ciphertext, tag []byte
}

// parseConnectMongo3 takes the object in its literal, as the option stringify has
// it by default, byte for byte, and is nil for all else. (With stringify: false
// connect-mongo 3 does not read what it writes.)
func parseConnectMongo3(text string) *connectMongo3 {
	inner, ok := unquote([]byte(text))
	if !ok {
		return nil
	}
	var e connectMongo3
	if json.Unmarshal([]byte(inner), &e.fields3) != nil || e.text() != text {
		return nil
	}
	for _, n := range e.AT.Data {
		if n < 0 || 255 < n {
			return nil
		}
		e.tag = append(e.tag, byte(n))
	}
	if e.AT.Type != "Buffer" || len(e.tag) != tagSize || !isIVSize(len(e.IV)) || !isHex(e.IV) || !isHex(e.AAD) || !isHex(e.HMAC) || !isHex(e.CT) {
		return nil
	}
	var err1, err2 error
	e.mac, err1 = hex.DecodeString(e.HMAC)
	e.ciphertext, err2 = hex.DecodeString(e.CT)
	if err1 != nil || err2 != nil {
		return nil
	}
	e.digest = digest(len(e.mac))
	switch e.digest {
	case sha2of256, sha2of384, sha2of512:
		return &e
	}
	return nil
}

// text returns the object in its literal.
func (e *fields3) text() string {
	// Neither of them fails: all is text and numbers.
	object, _ := json.Marshal(e)
	return string(quote(string(object)))
}

// key3 returns the key of a secret: hex digits.
func (c *Codec) key3(secret int, d digest) ([]byte, error) {
	h := d.new()()
	h.Write([]byte(c.keys.secrets[secret]))
	salt := hex.EncodeToString(h.Sum(nil))[:salt3]
	derived, err := c.keys.key(keyOrigin{secret, salt, d, rounds3, derived3})
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	return []byte(hex.EncodeToString(derived)[:c.keySize]), nil
}

func authenticate3(d digest, key []byte, ct string) []byte {
	h := hmac.New(d.new(), key)
	h.Write([]byte(ct))
	return h.Sum(nil)
}

func (c *Codec) openConnectMongo3(e *connectMongo3) (string, error) {
	for i := range c.keys.secrets {
		key, err := c.key3(i, e.digest)
		if err != nil {
			return "", err
		}
		if !hmac.Equal(authenticate3(e.digest, key, e.CT), e.mac) {
			continue
		}
		plaintext, ok := openGCM(key, []byte(e.IV), e.ciphertext, e.tag, []byte(e.AAD))
		if !ok {
			return "", ErrSecret
		}
		return unwrap(ConnectMongo3, plaintext)
	}
	return "", ErrSecret
}

func (c *Codec) sealConnectMongo3(session string) (string, error) {
	plaintext, err := wrap(ConnectMongo3, session, true)
	if err != nil {
		return "", err
	}
	key, err := c.key3(0, c.digest)
	if err != nil {
		return "", err
	}
	e := fields3{
		IV:  hex.EncodeToString(randomBytes(ivSize3)),
		AAD: hex.EncodeToString(randomBytes(int(c.digest))),
		AT:  buffer3{Type: "Buffer"},
	}
	ciphertext, tag, err := sealGCM(key, []byte(e.IV), plaintext, []byte(e.AAD))
	if err != nil {
		return "", err
	}
	e.CT = hex.EncodeToString(ciphertext)
	e.HMAC = hex.EncodeToString(authenticate3(c.digest, key, e.CT))
	for _, b := range tag {
		e.AT.Data = append(e.AT.Data, int(b))
	}
	return e.text(), nil
}
