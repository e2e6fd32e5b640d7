"""The packing list: a cycle's lines, what one trip needs of them, what a traveler has packed."""
