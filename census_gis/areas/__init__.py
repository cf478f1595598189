"""Shape, name, words and measure of enumeration areas."""
