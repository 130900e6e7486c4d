package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Ensure that colours are learned from pictures beside the catalogue or behind a link, that broken ones are left out, and that --no-pictures leaves all out.
func TestEvalAttributesPictures(t *testing.T) {
	shots, dir := t.TempDir(), t.TempDir()
	colours := map[string]color.RGBA{"Red": {200, 20, 30, 255}, "Blue": {20, 40, 200, 255}}
	write := func(name string, from, to int) string {
		var b strings.Builder
		b.WriteString("id,title,gender,master_category,sub_category,article_type,base_colour,season,year,usage,image,split\n")
		for i := from; i < to; i++ {
			colour := []string{"Red", "Blue"}[i%2]
			fmt.Fprintf(&b, "%d,Thing %d,Men,A,B,Shirts,%s,Fall,2011,Casual,images/%d.png,train\n", i, i, colour, i)
			picture := image.NewRGBA(image.Rect(0, 0, 48, 48))
			draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
			draw.Draw(picture, image.Rect(8+i%5, 8, 36, 36+i%7), image.NewUniform(colours[colour]), image.Point{}, draw.Src)
			f, err := os.Create(filepath.Join(shots, fmt.Sprintf("%d.png", i)))
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, picture); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	train, test := write("train.csv", 0, 40), write("test.csv", 40, 50)
	if err := os.WriteFile(filepath.Join(shots, "45.png"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(shots, filepath.Join(dir, "images")); err != nil {
		t.Fatal(err)
	}
	report, err := evalAttributesJSON(t, "--train", train, "--test", test)
	if err != nil {
		t.Fatal(err)
	}
	if f := report["image"]["base_colour"]; f["accuracy"] != 1 || f["products"] != 9 {
		t.Errorf("%v", f)
	}
	if report, err = evalAttributesJSON(t, "--train", train, "--test", test, "--no-pictures"); err != nil || report["image"] != nil {
		t.Errorf("%v %v", report["image"], err)
	}
}
