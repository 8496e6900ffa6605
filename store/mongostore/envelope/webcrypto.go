package envelope

import (
	"fmt"
	"unicode/utf8"
)

const (
	webSalt    = "connect-mongo:webcrypto-default-salt"
	webRounds  = 310000
	webIVSize  = 12
	webKeySize = 32
)

// webKey returns the key of a secret. There is one for each, as the salt is fixed;
// that it takes many times as long as those of kruptein is paid once.
func (c *Codec) webKey(secret int) ([]byte, error) {
	key, err := c.webKeys.key(keyOrigin{secret, c.webSalt, sha2of256, c.webRounds, webKeySize})
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	return key, nil
}

// openWebCrypto opens IV, ciphertext and tag, one after the other.
func (c *Codec) openWebCrypto(data []byte) (string, error) {
	if len(data) < webIVSize+tagSize {
		return "", ErrFormat
	}
	iv, sealed := data[:webIVSize], data[webIVSize:]
	n := len(sealed) - tagSize
	for i := range c.keys.secrets {
		key, err := c.webKey(i)
		if err != nil {
			return "", err
		}
		plaintext, ok := openGCM(key, iv, sealed[:n], sealed[n:], nil)
		if !ok {
			continue
		}
		return unwrap(WebCrypto, plaintext)
	}
	return "", ErrSecret
}

func (c *Codec) sealWebCrypto(session string) (string, error) {
	if !utf8.ValidString(session) {
		return "", errText
	}
	key, err := c.webKey(0)
	if err != nil {
		return "", err
	}
	iv := randomBytes(webIVSize)
	ciphertext, tag, err := sealGCM(key, iv, []byte(session), nil)
	if err != nil {
		return "", err
	}
	return c.encoding.encode(append(append(iv, ciphertext...), tag...)), nil
}
