package envelope

// Hurry has a codec derive keys with a thousandth of the rounds. Formats still
// differ in them.
func (c *Codec) Hurry() {
	for _, k := range []*keyring{c.keys, c.webKeys} {
		k.derive = func(secret string, o keyOrigin) ([]byte, error) {
			o.rounds = o.rounds/1000 + 1
			return derive(secret, o)
		}
	}
}
