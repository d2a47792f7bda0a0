raise RuntimeError("written for another TwinStar")
