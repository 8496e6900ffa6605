package session

import (
	"fmt"

	"github.com/sojourn-dev/sojourn/cookie"
)

// ClientSide says whether sessions live in the browser: wholly in a cookie, with
// no store behind them. There is nothing to install, to share and to sweep then,
// and every process that has the secrets serves every session.
//
// # What it cannot promise
//
// The server keeps nothing, so it can take nothing back:
//
//   - Who has a copy of a cookie has the session as it was then, until that
//     copy expires. A logout, Renew and Regenerate change the cookie of the
//     browser that asked, and no copy: there is no revocation. Options.IdleTimeout
//     and Options.AbsoluteTimeout are all that bounds it, so set them short.
//   - An old cookie can be sent again. What must not happen twice (a coupon, a
//     vote, a try at a password) is not safe in it.
//   - Of two overlapping responses of one browser the one that arrives last
//     wins whole: what the other changed is lost, [Key.Update] included, and a
//     logout that overlaps can be undone. A response that changes nothing sends
//     the cookie only when the session's life is to be extended, with
//     Options.Rolling or Resave, after Touch or Save, and after a change of
//     secrets.
//   - Whatever has the same secrets and the same name takes the sessions of the
//     other for its own, with the users in them. Give each application, and each
//     stage of it, secrets of its own.
//   - A session has room for some 2,900 bytes of JSON.
//
// Where one of these matters, use a store.
//
// # What the calls do
//
//   - Everything that is stored is sent: the cookie is made when the header is
//     about to be sent, or by Save, and holds all of the session. One of more
//     than 4096 bytes with its attributes is an error that wraps
//     [cookie.ErrTooLarge], and a 500 in place of the response; nothing was sent
//     then, and the browser keeps the session it has.
//   - After the header nothing can be changed: Save, Update, SetUser, Renew,
//     Regenerate and Destroy return [ErrHeaderSent], and what Set and Delete have
//     done is logged as lost. The browser then has the session as before.
//   - Renew gives the session another id, Regenerate empties it; both end no
//     other copy. Destroy clears the cookie in the browser.
//   - Reload goes back to what the request brought, or Save has made.
//   - A cookie that no secret has made, or that has expired, is no session: the
//     request has a new one, and the response sets no cookie for that.
//   - UserSessions, RevokeUser, RevokeSession and RevokeOthers answer
//     errors.ErrUnsupported; SetUser only notes the user. Handle names a session
//     and cannot be used.
//   - Hooks.Created, Renewed and Destroyed are called when the cookie that says
//     so has been made; Gone and Conflict never are, and Stats counts no conflict.
//   - The cookie's settings are those of the Options of now, unless the session
//     has got its own by SetCookie: these it carries with it.
//   - The session's life is extended by sending the cookie again. Where
//     Options.TouchAfter is 0, that is a twentieth of the timeout, however long.
//
// [New] refuses options that mean nothing here: Store, StoreTimeout, RenewAfter,
// TouchAfter without IdleTimeout, AllowWeakSecrets with ClientSideEncrypted, and
// GenerateID with ClientSideSigned.
type ClientSide uint8

// Where sessions live.
const (
	// ClientSideOff: in Options.Store.
	ClientSideOff ClientSide = iota
	// ClientSideEncrypted: in a cookie that only this server can read. Values,
	// id and the instant of expiry are encrypted with AES-256-GCM and bound to
	// the cookie's name; see [cookie.Sealer]. Keys are derived from
	// Options.Secrets.
	ClientSideEncrypted
	// ClientSideSigned: in the pair of cookies of cookie-session 2.1.1, so that
	// an Express application with the same keys and name shares the session.
	// Whoever has the cookie can read it, scripts aside. Such sessions have no
	// id: ID and Handle are empty, and Options.GenerateID is refused.
	//
	// By default the cookies are just those of cookie-session, which know no
	// expiry: a copy is good for as long as the secret. With
	// Options.IdleTimeout, which is none if it is 0, or AbsoluteTimeout a
	// session says in a member "sojourn" when it ends. Express keeps that
	// member as it is, so what Go has made and only Express has used since
	// ends in Go after IdleTimeout. A cookie without the member, which Express
	// has made, or Go before the timeouts were set, has no end: a copy of it
	// is good for as long as the secret.
	ClientSideSigned
)

// validateClientSide reports options that mean nothing to sessions in the client.
func (o Options) validateClientSide() error {
	invalid := func(why string) error { return fmt.Errorf("%w: %s", ErrInvalidOptions, why) }
	switch {
	case o.ClientSide == ClientSideOff:
		return nil
	case o.ClientSide > ClientSideSigned:
		return invalid("unknown value of ClientSide")
	case o.Store != nil:
		return invalid("with ClientSide there is no Store")
	case o.StoreTimeout != 0:
		return invalid("with ClientSide there is no store for StoreTimeout")
	case o.RenewAfter != 0:
		return invalid("with ClientSide an id cannot be taken back, so RenewAfter is in vain")
	case o.ClientSide == ClientSideEncrypted && o.AllowWeakSecrets:
		return invalid("AllowWeakSecrets is for what is shared with Express, which ClientSideEncrypted is not")
	case o.ClientSide == ClientSideSigned && o.GenerateID != nil:
		return invalid("with ClientSideSigned sessions have no id for GenerateID")
	case o.IdleTimeout == 0 && o.TouchAfter != 0:
		return invalid("without IdleTimeout there is nothing for TouchAfter")
	}
	return nil
}

// newFormat returns the format that the options ask for, nil for none.
func (o Options) newFormat() (format, error) {
	switch o.ClientSide {
	case ClientSideEncrypted:
		sealer, err := cookie.NewSealer("sojourn: session", o.Secrets...)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrWeakSecret, err)
		}
		return encryptedFormat{o.Name, sealer}, nil
	case ClientSideSigned:
		pair, err := cookie.NewPair(o.Name, o.Secrets...)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalidOptions, err)
		}
		return signedFormat{pair}, nil
	}
	return nil, nil
}
