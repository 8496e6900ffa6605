package store

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/sojourn-dev/sojourn/internal/xaes"
)

// envelope is what is stored instead of the data: a JSON object, as an engine may
// ask for one,
//
//	{"sojourn_encrypted":1,"key":"qMk2mWkQ0Lw","data":"3q2-7w…"}
//
// with the version of this format, the ID of the key, and what package xaes has
// sealed in base64url.
type envelope struct {
	key, data string
}

const (
	// envelopeHead is how every version begins, and no session does: those of
	// ours and Express's have their cookie first.
	envelopeHead = `{"sojourn_encrypted":`
	envelopeKey  = `1,"key":"`
	envelopeData = `","data":"`
	envelopeTail = `"}`

	keyIDLength = 11
)

var (
	errPlain   = errors.New("it is not encrypted")
	errVersion = errors.New("it is of a version that is not known here")
	errDamaged = errors.New("it is damaged")

	strictBase64 = base64.RawURLEncoding.Strict()
)

// parseEnvelope takes what String returns and nothing else, byte for byte, as an
// engine returns data byte for byte. It is errPlain only for what nobody has
// meant to be an envelope.
func parseEnvelope(text string) (e envelope, err error) {
	text, ok := strings.CutPrefix(text, envelopeHead)
	if !ok {
		return envelope{}, errPlain
	}
	text, ok = strings.CutPrefix(text, envelopeKey)
	if !ok {
		return envelope{}, errVersion
	}
	text, ok = strings.CutSuffix(text, envelopeTail)
	if !ok || len(text) < keyIDLength {
		return envelope{}, errDamaged
	}
	e.key, text = text[:keyIDLength], text[keyIDLength:]
	e.data, ok = strings.CutPrefix(text, envelopeData)
	if !ok || !isBase64(e.key) || len(e.data) < strictBase64.EncodedLen(xaes.Overhead) || !isBase64(e.data) {
		return envelope{}, errDamaged
	}
	return e, nil
}

// isBase64 is stricter than the decoder, which passes over line breaks.
func isBase64(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// ring are the keys: the first seals, all open.
type ring []*key

// associated is what a record is bound to beside its key: what it is for, the
// version of the format, and the id that it is stored under. Neither can it be
// moved to another session, nor be used where anything else is sealed.
func associated(buf []byte, id string) []byte {
	return append(append(buf, "sojourn: session record, version 1\x00"...), id...)
}

// maxAssociated is room enough for it.
const maxAssociated = 40 + MaxIDLength

// seal returns the envelope of data for the record of a stored id.
func (r ring) seal(data, id string) string {
	var buf [maxAssociated]byte
	sealed := make([]byte, 0, len(data)+xaes.Overhead)
	sealed = r[0].cipher.Seal(sealed, []byte(data), associated(buf[:0], id))

	const fixed = len(envelopeHead) + len(envelopeKey) + keyIDLength + len(envelopeData) + len(envelopeTail)
	text := make([]byte, 0, fixed+strictBase64.EncodedLen(len(sealed)))
	text = append(text, envelopeHead...)
	text = append(text, envelopeKey...)
	text = append(text, r[0].id...)
	text = append(text, envelopeData...)
	text = strictBase64.AppendEncode(text, sealed)
	return string(append(text, envelopeTail...))
}

// open returns the data of the record of a stored id. The error says why not and
// is errPlain if it is no envelope.
func (r ring) open(text, id string) (string, error) {
	e, err := parseEnvelope(text)
	if err != nil {
		return "", err
	}
	sealed, err := strictBase64.DecodeString(e.data)
	if err != nil {
		return "", errDamaged
	}
	for _, k := range r {
		if k.id != e.key {
			continue
		}
		var buf [maxAssociated]byte
		data, err := k.cipher.Open(nil, sealed, associated(buf[:0], id))
		if err != nil {
			return "", errors.New("it was changed, or is another session's")
		}
		return string(data), nil
	}
	return "", fmt.Errorf("key %s is not among those given", e.key)
}
