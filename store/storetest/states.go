package storetest

import (
	"context"
	"testing"

	"vitrine"
	"vitrine/store"
)

// States runs the contract of states; open returns an empty store each time.
func States(t *testing.T, open func(t *testing.T) store.States) {
	t.Helper()
	ctx := context.Background()
	s := open(t)
	value, version, err := s.State(ctx, "u")
	must(t, err)
	if value != nil || version != 0 {
		t.Errorf("a stranger has state %q, version %d", value, version)
	}
	first, err := s.PutState(ctx, "u", []byte("one"), 0)
	must(t, err)
	for _, wrong := range []uint64{0, first + 1} {
		if _, err := s.PutState(ctx, "u", []byte("x"), wrong); vitrine.CodeOf(err) != vitrine.Conflict {
			t.Errorf("put over version %d: %v", wrong, err)
		}
	}
	second, err := s.PutState(ctx, "u", []byte("t\x00wo"), first)
	must(t, err)
	value, version, err = s.State(ctx, "u")
	must(t, err)
	same(t, "value", string(value), "t\x00wo")
	same(t, "version", version, second)
	_, err = s.PutState(ctx, "v é", []byte("three"), 0)
	must(t, err)
	all := func() map[string]string {
		m := map[string]string{}
		must(t, s.EachState(ctx, func(user string, value []byte) error {
			m[user] = string(value)
			return nil
		}))
		return m
	}
	same(t, "all", all(), map[string]string{"u": "t\x00wo", "v é": "three"})
	must(t, s.DropState(ctx, "u"))
	must(t, s.DropState(ctx, "u"))
	same(t, "rest", all(), map[string]string{"v é": "three"})
	_, err = s.PutState(ctx, "u", []byte("anew"), 0)
	must(t, err)
}
