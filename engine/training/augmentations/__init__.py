"""Steps of augmentation, by what they change; each is a pure function of the view and the random generator it is given."""
