package embed_test

import (
	"context"
	"testing"

	"vitrine"
	"vitrine/embed"
)

// Ensure Chinese shop queries mean what the English ones mean, in both spaces, and not what others mean.
func TestEncoder_Chinese(t *testing.T) {
	e := open(t, embed.Options{})
	tests := []struct{ chinese, english, other string }{
		{"红色连衣裙", "red dress", "laptop"},
		{"男士运动鞋", "men sports shoes", "red dress"},
		{"黑色皮带", "black belt", "white sneakers"},
		{"女士手提包", "women handbag", "men watch"},
		{"白色T恤", "white t-shirt", "brown shoes"},
		{"笔记本电脑", "laptop", "banana"},
		{"香蕉", "banana", "keyboard"},
	}
	for _, tt := range tests {
		vectors, err := e.Texts(context.Background(), []string{tt.chinese, tt.english, tt.other})
		if err != nil {
			t.Fatal(err)
		}
		for space, least := range map[string]float64{vitrine.SpaceText: 0.7, vitrine.SpaceJoint: 0.6} {
			own, other := cosine(vectors[0][space], vectors[1][space]), cosine(vectors[0][space], vectors[2][space])
			if own < least || own < other+0.2 {
				t.Errorf("%s: %q is at %.3f of %q and at %.3f of %q, want at least %.1f and 0.2 more", space, tt.chinese, own, tt.english, other, tt.other, least)
			}
		}
	}
}
