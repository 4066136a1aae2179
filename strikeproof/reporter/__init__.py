"""The reporter: prices from several sources, one median, signed and sent."""
