package session

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/sojourn-dev/sojourn/internal/pieces"
	"github.com/sojourn-dev/sojourn/store"
)

const (
	// forwardFor is how long the old id of a renewed session leads to the new.
	forwardFor = time.Minute
	// maxForwards bounds how many renewals a request can have slept through.
	maxForwards = 4
)

// sealer hides the new id in a forwarding record, so that a look at the store
// gives nobody a session.
type sealer struct {
	ciphers []cipher.AEAD
}

func newSealer(secrets []string) (*sealer, error) {
	s := &sealer{}
	for _, secret := range secrets {
		key, err := hkdf.Key(sha256.New, []byte(secret), nil, "sojourn: forwarding record", 32)
		if err != nil {
			return nil, fmt.Errorf("deriving a key: %w", err)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("deriving a key: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("deriving a key: %w", err)
		}
		s.ciphers = append(s.ciphers, aead)
	}
	return s, nil
}

// seal hides id in a text that only opens beside from.
func (s *sealer) seal(id, from string) string {
	return base64.RawURLEncoding.EncodeToString(s.ciphers[0].Seal(nil, nil, []byte(id), []byte(from)))
}

func (s *sealer) open(sealed, from string) (id string, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return "", false
	}
	for _, c := range s.ciphers {
		if id, err := c.Open(nil, nil, text, []byte(from)); err == nil {
			return string(id), store.CheckID(string(id)) == nil
		}
	}
	return "", false
}

// forwarding returns the data of a record that leads from one id to another.
// It is a session without data to Express.
func (m *Manager) forwarding(from, to string, cookie string, until time.Time) string {
	var r reserved
	r.doc.set("forward", string(appendQuoted(nil, m.sealer.seal(to, m.storedID(from)))))
	r.set("until", until)
	d := newDocument()
	return d.encoded(cookie, r.encode())
}

// forwardedTo returns the id that a forwarding record leads to, which is kept
// under the id stored. ok is false for any other record and after the time that
// the record itself gives: the store's may have been extended by a touch.
func (m *Manager) forwardedTo(rec *record, stored string) (id string, ok bool) {
	if !rec.forwards() || !time.Now().Before(rec.reserved.until) {
		return "", false
	}
	return m.sealer.open(rec.reserved.forward, stored)
}

// forwards reports whether it is a forwarding record.
func (rec *record) forwards() bool {
	return rec.reserved != nil && rec.reserved.forward != ""
}

// fetch reads the session of id, following forwarding records. The error is
// store.ErrNotFound when there is none: also when what is there is not a
// session, which is logged, has outlived the absolute timeout, or was revoked.
// The record is read into rec, which is zero, or a new one.
func (m *Manager) fetch(ctx context.Context, id string, rec *record) (*record, error) {
	rec, err := m.follow(ctx, id, rec)
	if err != nil {
		return nil, err
	}
	if err := m.checkRevoked(ctx, rec.reserved); err != nil {
		return nil, err
	}
	return rec, nil
}

// follow is fetch for sessions that may have been revoked.
func (m *Manager) follow(ctx context.Context, id string, rec *record) (*record, error) {
	for range maxForwards + 1 {
		reason, err := m.read(ctx, id, rec)
		if err != nil {
			return nil, err
		}
		if reason != nil {
			m.o.Logger.WarnContext(ctx, "session: passing over a record that is not a session", "reason", reason)
			return nil, store.ErrNotFound
		}
		switch {
		case rec.forwards():
			next, ok := m.forwardedTo(rec, m.storedID(id))
			if !ok {
				return nil, store.ErrNotFound
			}
			id, rec = next, new(record)
		case m.outlived(rec.reserved):
			m.remove(ctx, id, rec.base())
			return nil, store.ErrNotFound
		default:
			return rec, nil
		}
	}
	return nil, store.ErrNotFound
}

// read reads what is kept under an id into rec. If it is not a session, reason
// says why.
func (m *Manager) read(ctx context.Context, id string, rec *record) (reason, err error) {
	if m.pieces != nil {
		p, err := m.pieces.GetPieces(ctx, id)
		if err != nil {
			return nil, err
		}
		return m.parsePieces(rec, id, p), nil
	}
	r, err := m.store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return m.parse(rec, id, r), nil
}

// create stores a new record. What it returns says how that is kept: see
// record.pieces.
func (m *Manager) create(ctx context.Context, id string, w write) (pieces.Record, error) {
	if w.draft.Head != "" {
		return m.pieces.CreatePieces(ctx, w.draft)
	}
	version, err := m.store.Create(ctx, id, w.data, w.expires)
	return pieces.Record{Version: version}, err
}

// replace stores what is to be in place of a record, and returns what create
// does.
func (m *Manager) replace(ctx context.Context, rec *record, w write) (pieces.Record, error) {
	if w.draft.Head != "" {
		return m.pieces.SavePieces(ctx, w.draft, rec.pieces())
	}
	version, err := m.store.Save(ctx, rec.id, w.data, w.expires, rec.base())
	return pieces.Record{Version: version}, err
}

// remove deletes a record that nobody can use any more. If that fails, the
// record expires.
func (m *Manager) remove(ctx context.Context, id string, version store.Version) {
	err := m.store.Delete(ctx, id, version)
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
		m.o.Logger.WarnContext(ctx, "session: a useless record is left to expire", "err", err)
	}
}
