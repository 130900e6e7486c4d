package embed_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vitrine"
	"vitrine/embed"
	"vitrine/embed/adapt"
)

// swapped is an adapter that turns the first coordinate of texts into the second.
func swapped() *adapt.Adapter {
	a := adapt.New(256)
	a.Texts[0], a.Texts[1] = -1, 1
	return a
}

// adapted writes the shipped model with an adapter.
func adapted(tb testing.TB, a *adapt.Adapter) (base, m *embed.Model) {
	tb.Helper()
	base, err := embed.Models{}.Find("")
	if err != nil {
		tb.Fatal(err)
	}
	m, err = base.Adapted(filepath.Join(tb.TempDir(), "shelf", "shop"), "shop", a, 0.37)
	if err != nil {
		tb.Fatal(err)
	}
	return base, m
}

// Ensure an adapted model is one like others: another identity, its own floor, addable to a shelf, and its adapter changes the joint space alone.
func TestModel_Adapted(t *testing.T) {
	base, m := adapted(t, swapped())
	if m.ID() == base.ID() || !strings.HasPrefix(m.ID(), "shop@") || !strings.Contains(m.Description, base.ID()) {
		t.Errorf("id %q of base %q, %q", m.ID(), base.ID(), m.Description)
	}
	shelf := embed.Models{Dir: t.TempDir()}
	if _, err := shelf.Add(m.Folder()); err != nil {
		t.Fatal(err)
	}
	before, after := open(t, embed.Options{}), open(t, embed.Options{Models: shelf, Text: "shop", Joint: "shop"})
	if s := after.Spaces()[vitrine.SpaceJoint]; s.Floor != 0.37 || s.Model != m.ID() {
		t.Errorf("space %+v", s)
	}
	was, err := before.Text(t.Context(), "red dress")
	if err != nil {
		t.Fatal(err)
	}
	is, err := after.Text(t.Context(), "red dress")
	if err != nil {
		t.Fatal(err)
	}
	checkUnit(t, after, is)
	if c := cosine(was[vitrine.SpaceText], is[vitrine.SpaceText]); c < 0.9999 {
		t.Errorf("the text space changed: cosine %v", c)
	}
	want := swapped().Text(was[vitrine.SpaceJoint])
	if c := cosine(want, is[vitrine.SpaceJoint]); c < 0.9999 || math.Abs(float64(is[vitrine.SpaceJoint][0])) > 1e-6 {
		t.Errorf("cosine %v to the vector that was expected, first number %v", c, is[vitrine.SpaceJoint][0])
	}
}

// Ensure an adapter that changes nothing leaves pictures and texts where they were.
func TestModel_AdaptedByNothing(t *testing.T) {
	_, m := adapted(t, adapt.New(256))
	before, after := open(t, embed.Options{}), open(t, embed.Options{Text: m.Folder(), Joint: m.Folder()})
	paths, err := filepath.Glob(filepath.Join("testdata", "pictures", "*.jpg"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no pictures: %v", err)
	}
	data, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	was, err := before.Image(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	is, err := after.Image(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if c := cosine(was[vitrine.SpaceJoint], is[vitrine.SpaceJoint]); c < 0.99999 {
		t.Errorf("cosine %v", c)
	}
}

// Ensure a model is not adapted onto a folder that exists, under a name that is none or its own, by an adapter of another size, or twice.
func TestModel_AdaptedRefused(t *testing.T) {
	base, m := adapted(t, swapped())
	for _, tt := range []struct {
		name         string
		model        *embed.Model
		folder, call string
		adapter      *adapt.Adapter
		want         vitrine.Code
		text         string
	}{
		{"folder exists", base, m.Folder(), "shop", swapped(), vitrine.Conflict, "exists already"},
		{"no name", base, "", "a/b", swapped(), vitrine.Invalid, "a/b"},
		{"its own name", base, "", base.Name, swapped(), vitrine.Invalid, "another than"},
		{"another size", base, "", "shop", adapt.New(8), vitrine.Invalid, "8 dimensions"},
		{"twice", m, "", "shop2", swapped(), vitrine.Invalid, "adapted already"},
	} {
		folder := tt.folder
		if folder == "" {
			folder = filepath.Join(t.TempDir(), "new")
		}
		_, err := tt.model.Adapted(folder, tt.call, tt.adapter, 0)
		if err == nil || vitrine.CodeOf(err) != tt.want || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: error %v, want %s with %q", tt.name, err, tt.want, tt.text)
		}
		if tt.folder == "" {
			if left, _ := os.ReadDir(filepath.Dir(folder)); len(left) > 0 {
				t.Errorf("%s: left %v", tt.name, left)
			}
		}
	}
}

// Ensure a damaged, missing or unlisted adapter is Invalid and named.
func TestModel_AdaptedDamaged(t *testing.T) {
	_, m := adapted(t, swapped())
	manifest, file := filepath.Join(m.Folder(), embed.ManifestFile), filepath.Join(m.Folder(), "adapter.bin")
	check := func(want string) {
		t.Helper()
		opened, err := embed.OpenModel(m.Folder())
		if err == nil {
			err = opened.Verify()
		}
		if vitrine.CodeOf(err) != vitrine.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want Invalid with %q", err, want)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[20] ^= 1
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	check("adapter.bin has sha256")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	check("adapter.bin is missing")
	edit(t, manifest, "adapter: adapter.bin", "adapter: other.bin")
	check(`"other.bin" is not listed`)
}
