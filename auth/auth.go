package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"

	"github.com/sojourn-dev/sojourn/session"
)

// Authenticator registers users and logs them in and out. It is made by [New],
// owns no goroutine, needs no closing, and is safe for concurrent use.
type Authenticator struct {
	o        Options
	hasher   *hasher
	throttle *throttle
	browsers *browsers
	proxies  proxies
}

// New returns an Authenticator. The error wraps [ErrInvalidOptions] and says
// which option is wrong.
func New(o Options) (*Authenticator, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	browsers, err := newBrowsers(o)
	if err != nil {
		return nil, err
	}
	parallel := runtime.GOMAXPROCS(0)
	return &Authenticator{
		o: o, hasher: newHasher(o.Cost, parallel, o.MaxQueued), throttle: newThrottle(o, parallel+o.MaxQueued),
		browsers: browsers, proxies: o.TrustProxies,
	}, nil
}

// Credentials are what somebody types to register or to log in.
type Credentials struct {
	// Username is the name. Space around it is taken away.
	Username string
	// Password is taken as it is, to the last byte.
	Password string
	// Remember has the session outlive the browser, for Options.RememberFor.
	// Without it the session's cookie ends with the browser.
	Remember bool
}

// Register creates an account and logs it in, as [Authenticator.Login] does.
//
// The error wraps one or more of the ErrName… and ErrPassword… errors when the
// credentials will not do, [ErrNameTaken] among them, or [ErrThrottled] when
// too many have been registered from the same address, or [ErrBusy], or
// [ErrAccounts]. When the account was created but the session could not be
// stored, the account stays.
func (a *Authenticator) Register(w http.ResponseWriter, r *http.Request, c Credentials) (User, error) {
	account, err := a.create(r, c)
	if err != nil {
		return User{}, err
	}
	return a.enter(w, r, c, account)
}

func (a *Authenticator) create(r *http.Request, c Credentials) (Account, error) {
	name, key, err := checkName(c.Username)
	if err := errors.Join(err, checkPassword(c.Password, key)); err != nil {
		return Account{}, err
	}
	hash, err := a.hashFor(r, c.Password)
	if err != nil {
		return Account{}, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), a.o.Timeout)
	defer cancel()
	account := Account{Username: name, Key: key, Hash: hash}
	if account.ID, err = a.o.Accounts.Create(ctx, account); errors.Is(err, ErrNameTaken) {
		return Account{}, fmt.Errorf("creating the account: %w", err)
	} else if err != nil {
		return Account{}, accountsFailed(r.Context(), "creating the account", err)
	}
	return account, nil
}

// hashFor returns the hash of a password for whoever registers. That it was
// worked out counts, whatever comes of it.
func (a *Authenticator) hashFor(r *http.Request, password string) (string, error) {
	y, err := a.throttle.begin(stateKey{}, a.fromAddress(r, a.throttle.registers)...)
	if err != nil {
		return "", err
	}
	defer y.end(void)
	hash, err := a.hasher.hash(r.Context(), password)
	if err == nil {
		y.end(failed)
	}
	return hash, err
}

// Login checks the credentials and has the session of r begin again as that
// user's: under a new id, and without what it held if that was another user's.
// It is stored when Login returns, so the header must not have been sent yet.
// w is given the cookie by which the browser is known again, and nothing else.
//
// The error wraps [ErrCredentials], the same and after the same work whether
// the user or the password is wrong; [ErrThrottled], as a *[ThrottledError],
// when too many tries have failed before; [ErrBusy]; or [ErrAccounts]. Any other
// is a failure of the session.
//
// A password that no account made here can have, because bcrypt would read only
// a part of it, is [ErrCredentials] together with [ErrPasswordTooLong] or
// [ErrPasswordCharacters]. It has not been compared with anything.
func (a *Authenticator) Login(w http.ResponseWriter, r *http.Request, c Credentials) (User, error) {
	account, err := a.authenticate(r, c)
	if err != nil {
		return User{}, err
	}
	return a.enter(w, r, c, account)
}

// authenticate returns the account that the credentials are of, with the hash
// that the password was found to fit, or that has replaced it.
func (a *Authenticator) authenticate(r *http.Request, c Credentials) (Account, error) {
	if err := hashable(c.Password); err != nil {
		return Account{}, fmt.Errorf("%w: %w", ErrCredentials, err) // whatever the name
	}
	key := lookupKey(c.Username)
	account, err := a.find(r.Context(), c.Username, key)
	if err != nil {
		return Account{}, err
	}
	y, err := a.throttle.begin(a.throttle.account(key, account), a.guessing(r, key, account)...)
	if err != nil {
		return Account{}, err
	}
	defer y.end(void)
	renewed, err := a.hasher.compare(r.Context(), account.Hash, c.Password)
	y.end(verdict(err))
	if err != nil {
		return Account{}, err
	}
	if renewed != "" {
		a.replaceHash(r.Context(), &account, renewed)
	}
	return account, nil
}

// find returns the account of that name, or the zero Account if there is none.
// A name that nobody can have is asked for all the same, to take as long.
func (a *Authenticator) find(ctx context.Context, username, key string) (Account, error) {
	limited, cancel := context.WithTimeout(ctx, a.o.Timeout)
	defer cancel()
	if len(username) > maxNameBytes {
		username = "" // nobody's, like the key
	}
	account, err := a.o.Accounts.Find(limited, username, key)
	switch {
	case errors.Is(err, ErrNoAccount):
		return Account{}, nil
	case err != nil:
		return Account{}, accountsFailed(ctx, "finding the account", err)
	}
	return account, nil
}

// replaceHash keeps a hash of the current cost. If it cannot, the next login
// tries again.
func (a *Authenticator) replaceHash(ctx context.Context, account *Account, renewed string) {
	ctx, cancel := context.WithTimeout(ctx, a.o.Timeout)
	defer cancel()
	err := a.o.Accounts.ReplaceHash(ctx, account.ID, account.Hash, renewed)
	switch {
	case err == nil:
		account.Hash = renewed
	case !errors.Is(err, ErrNoAccount): // changed meanwhile: that comes out when the session begins
		a.o.Logger.WarnContext(ctx, "auth: a password hash was not renewed", "err", err)
	}
}

// Logout ends the session of r, for every request that is still using it, and
// clears its cookie. Logging out nobody is no error.
func (a *Authenticator) Logout(r *http.Request) error {
	if err := session.From(r).Destroy(r.Context()); err != nil {
		return fmt.Errorf("logging out: %w", err)
	}
	return nil
}
