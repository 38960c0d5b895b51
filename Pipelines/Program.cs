Console.WriteLine("convnets");
